import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '../../..');
const NOTHING = {
  apis: ['bigquery.googleapis.com'],
  pools: {},
  providers: {},
  accounts: {},
  policies: {},
  datasets: {},
  buckets: {},
};
const OPTIONS = ['--project', 'p', '--location', 'EU', '--aws-account', '123456789012'];
const ROLES = ['--aws-role', 'copy-role', '--aws-role', 'arn:aws:iam::123456789012:role/deliver-role'];
const ACCOUNT = 'tidegate@p.iam.gserviceaccount.com';
const PRINCIPALS =
  'principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/tidegate/attribute.aws_role';

let folder: string;
/** What a first run makes. */
let made: ReturnType<typeof state>;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tidegate-gcloud-'));
  // Without site packages Python starts in a fifth of the time, and a run calls it some forty times.
  const program = `#!${ROOT}/.venv/bin/python -IS\n${readFileSync(path.join(import.meta.dirname, 'fake_gcloud.py'))}`;
  for (const tool of ['gcloud', 'bq']) writeFileSync(path.join(folder, tool), program, { mode: 0o755 });
  write(NOTHING);
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = (): string => path.join(folder, 'state.json');
const write = (state: object): void => writeFileSync(file(), JSON.stringify(state));
const state = () => JSON.parse(readFileSync(file(), 'utf8'));

/** Runs the script; gives the changes that it told, and what it printed. */
function setUp(...options: string[]) {
  const ran = spawnSync('bash', [path.join(ROOT, 'infra/gcp/set-up.sh'), ...options], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${folder}:${process.env['PATH']}`, FAKE_GCLOUD_STATE: file() },
  });
  const changes = ran.stderr.split('\n').flatMap((line) => (line.startsWith('+ ') ? [line.slice(2)] : []));
  return { status: ran.status, changes, complaint: ran.stderr, output: ran.stdout };
}

test('the first run makes all that is needed, and no more rights than that', () => {
  const { status, output, complaint } = setUp(...OPTIONS, ...ROLES);
  expect([status, complaint]).toEqual([0, expect.stringContaining('18 changes made.')]);
  made = state();
  expect(made.providers.aws).toMatchObject({
    aws: { accountId: '123456789012' },
    attributeCondition:
      "attribute.aws_role in ['arn:aws:sts::123456789012:assumed-role/copy-role', 'arn:aws:sts::123456789012:assumed-role/deliver-role']",
    attributeMapping: { 'google.subject': "assertion.arn.extract('assumed-role/{role}/')" },
  });
  expect(made.policies).toEqual({
    'project:p': { 'roles/bigquery.jobUser': [`serviceAccount:${ACCOUNT}`] },
    [`account:${ACCOUNT}`]: {
      'roles/iam.workloadIdentityUser': [
        `${PRINCIPALS}/arn:aws:sts::123456789012:assumed-role/copy-role`,
        `${PRINCIPALS}/arn:aws:sts::123456789012:assumed-role/deliver-role`,
      ],
    },
    'bucket:gs://p-tidegate': {
      'roles/storage.objectUser': [`serviceAccount:${ACCOUNT}`],
      'roles/storage.legacyBucketReader': [`serviceAccount:${ACCOUNT}`],
    },
  });
  const access = [{ role: 'WRITER', userByEmail: ACCOUNT }];
  expect(made.datasets).toEqual({
    'p:tidegate': { location: 'EU', access },
    'p:tidegate_staging': { location: 'EU', access, defaultTableExpirationMs: '1296000000' },
  });
  expect(made.buckets['gs://p-tidegate']).toEqual({
    location: 'EU',
    uniform_bucket_level_access: true,
    public_access_prevention: 'enforced',
    lifecycle_config: { rule: [{ action: { type: 'Delete' }, condition: { age: 30 } }] },
    soft_delete_policy: { retentionDurationSeconds: '0' },
  });
  const config = JSON.parse(output);
  expect(config).toMatchObject({
    type: 'external_account',
    audience:
      '//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/tidegate/providers/aws',
  });
  expect(Object.keys(config.credential_source)).toEqual(['environment_id', 'regional_cred_verification_url']);
});

test('an account that is not known everywhere at once is granted its rights a little later, or the run ends', () => {
  const pauses = path.join(folder, 'pauses');
  writeFileSync(path.join(folder, 'sleep'), `#!/bin/sh\necho "$1" >> ${pauses}\n`, { mode: 0o755 });
  write({ ...NOTHING, unknown: 3 });
  expect(setUp(...OPTIONS, ...ROLES).status).toBe(0);
  const { unknown: _, writes: __, ...granted } = state();
  const { writes: ___, ...expected } = made;
  expect(granted).toEqual(expected);
  expect(readFileSync(pauses, 'utf8')).toBe('5\n'.repeat(3));

  write({ ...made, policies: {}, unknown: 100 });
  const ended = setUp(...OPTIONS, ...ROLES);
  expect([ended.status, ended.complaint]).toEqual([1, expect.stringContaining(`${ACCOUNT} does not exist`)]);
  expect(readFileSync(pauses, 'utf8')).toBe('5\n'.repeat(3 + 7));
});

test('an API that is not known everywhere at once is asked a little later, or the run ends', () => {
  const pauses = path.join(folder, 'pauses');
  writeFileSync(path.join(folder, 'sleep'), `#!/bin/sh\necho "$1" >> ${pauses}\n`, { mode: 0o755 });
  write({ ...NOTHING, slow: 3 });
  expect(setUp(...OPTIONS, ...ROLES).status).toBe(0);
  const { slow: _, writes: __, ...done } = state();
  const { writes: ___, ...expected } = made;
  expect(done).toEqual(expected);
  expect(readFileSync(pauses, 'utf8')).toBe('5\n'.repeat(3));

  write({ ...NOTHING, slow: 100 });
  const ended = setUp(...OPTIONS, ...ROLES);
  expect([ended.status, ended.complaint]).toEqual([1, expect.stringContaining('it is disabled')]);
  expect(readFileSync(pauses, 'utf8')).toBe('5\n'.repeat(3 + 7));
});

test('a second run changes nothing and prints the same', () => {
  write(made);
  expect(setUp(...OPTIONS, ...ROLES)).toMatchObject({ status: 0, changes: [] });
  expect(state()).toEqual(made);
});

test('a dry run says what the run would do, and does nothing', () => {
  const dry = setUp(...OPTIONS, ...ROLES, '--dry-run');
  expect(dry.complaint).toContain('18 changes would be made.');
  expect(dry.changes).toHaveLength(18);
  expect(state()).toEqual(NOTHING);
  expect(JSON.parse(dry.output).type).toBe('external_account');
});

test.each<[string, (made: ReturnType<typeof state>) => void, string[]]>([
  [
    'a condition that lets anybody in',
    (made) => {
      made.providers.aws.attributeCondition = '';
    },
    ['provider aws, as it should be'],
  ],
  [
    'a provider of another account',
    (made) => {
      made.providers.aws.aws.accountId = '999999999999';
    },
    ['provider aws, as it should be'],
  ],
  [
    'a pool and a provider that were deleted',
    (made) => {
      made.pools.tidegate.state = 'DELETED';
      made.providers.aws.state = 'DELETED';
    },
    ['identity pool tidegate, undeleted', 'provider aws, undeleted', 'provider aws, as it should be'],
  ],
  [
    'a role that is let in besides',
    (made) => {
      made.policies[`account:${ACCOUNT}`]['roles/iam.workloadIdentityUser'].push(
        `${PRINCIPALS}/x:assumed-role/old`,
      );
    },
    ['shut out old'],
  ],
  [
    'rights that were taken away',
    (made) => {
      made.policies['project:p'] = {};
      made.policies['bucket:gs://p-tidegate'] = {};
      made.datasets['p:tidegate'].access = [];
    },
    [
      'may start BigQuery jobs',
      'may write dataset tidegate',
      'may read and write the objects of p-tidegate',
      'may see the bucket p-tidegate',
    ],
  ],
  [
    'a bucket that keeps for a week what was deleted',
    (made) => {
      made.buckets['gs://p-tidegate'].soft_delete_policy.retentionDurationSeconds = '604800';
    },
    ['bucket p-tidegate, as it should be'],
  ],
  [
    'staging tables that live for ever, and objects too',
    (made) => {
      delete made.datasets['p:tidegate_staging'].defaultTableExpirationMs;
      made.buckets['gs://p-tidegate'].lifecycle_config.rule[0].condition.age = 365;
    },
    ['dataset tidegate_staging, its tables expire', 'bucket p-tidegate, as it should be'],
  ],
])('%s is mended, and nothing else is touched', (_name, drift, expected) => {
  const drifted = structuredClone(made);
  drift(drifted);
  write(drifted);
  expect(setUp(...OPTIONS, ...ROLES).changes).toEqual(expected);
  const { writes: _, ...mended } = state();
  const { writes: __, ...before } = made;
  expect(mended).toEqual(before);
});

test('other roles than before: the new one is let in, the old one shut out', () => {
  write(made);
  const { changes } = setUp(...OPTIONS, '--aws-role', 'new-role');
  expect(changes).toEqual([
    'provider aws, as it should be',
    'let in new-role',
    'shut out copy-role',
    'shut out deliver-role',
  ]);
});

test('what cannot be moved is told, and a missing or strange option is refused', () => {
  write(made);
  const moved = setUp(...OPTIONS.map((option) => (option === 'EU' ? 'US' : option)), ...ROLES);
  expect([moved.status, moved.complaint]).toEqual([1, expect.stringContaining('is in EU, not in US')]);
  expect(setUp('--project', 'p').status).toBe(2);
  expect(setUp(...OPTIONS, ...ROLES, '--key-file').complaint).toContain('Unknown option: --key-file');
  expect(setUp('--project', 'p', '--location', 'EU', '--aws-account', '12', ...ROLES).complaint).toContain(
    '12 digits',
  );
  expect(setUp('--help').output).toContain('Usage: infra/gcp/set-up.sh');
});
