import '../tasks/handlers/environment.ts';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  NotFound,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  ExecutionNotRedrivable,
  RedriveExecutionCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import 'aws-sdk-client-mock-jest';
import { backfill } from '../../cli/commands/backfill.ts';
import { redrive } from '../../cli/commands/redrive.ts';
import { replay } from '../../cli/commands/replay.ts';
import { runs } from '../../cli/commands/runs.ts';
import { upload } from '../../cli/commands/upload.ts';
import { deployment, runFolders } from '../../cli/deployment.ts';
import { endOfExecution } from '../../cli/end-of-execution.ts';
import { failureTold } from '../../cli/failure-told.ts';
import type { UploadRecord } from '../../tasks/core/records.ts';
import { runIdOf } from '../../tasks/core/run-id.ts';
import { uploadIdOf } from '../../tasks/core/upload-id.ts';
import { executionOf, uploadOf } from '../fakes/samples.ts';

const s3 = mockClient(S3Client);
const sfn = mockClient(SFNClient);
const dynamo = mockClient(DynamoDBDocumentClient);
const { arn } = executionOf('e1');
const RUN_ID = '20261123T201500Z-1a2b3c4d';
const MACHINE = process.env['TIDEGATE_STATE_MACHINE_ARN'];

const run = {
  runId: RUN_ID,
  dataset: 'flights',
  executionArn: arn,
  startedAt: '2026-11-23T20:15:00.000Z',
  status: 'SUCCEEDED',
  redriveCount: 0,
  uploads: [{ uploadId: 'u', generation: 1 }],
  attempt: 1,
  discardedAttempt: 0,
  plan: { engine: 'glue', name: 'Glue 4 x G.1X' },
  outcome: { rows: { kept: 8, quarantined: 2 }, jobSeconds: 31.4 },
};

let output = '';
beforeEach(() => {
  for (const client of [s3, sfn, dynamo]) client.reset();
  dynamo.on(GetCommand).resolves({});
  s3.on(HeadObjectCommand).rejects(new NotFound({ message: 'x', $metadata: {} }));
  s3.on(HeadObjectCommand, { Bucket: 'artifacts', Key: 'datasets/flights/contract.json' }).resolves({});
  output = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    output += text;
    return true;
  });
});
afterEach(() => jest.restoreAllMocks());

const item = (pk: string, sk: string, content: object) =>
  dynamo.on(GetCommand, { Key: { pk, sk } }).resolves({ Item: { pk, sk, item: content, version: 1 } });
const knownRun = () => {
  item(`run#${RUN_ID}`, 'dataset', { dataset: 'flights' });
  item('dataset#flights', `run#${RUN_ID}`, run);
};

const knownRuns = (...found: object[]) => {
  item('dataset#flights', 'gate', { holder: null, holderExecutionArn: null, epoch: 7, reserved: null });
  dynamo.on(QueryCommand).resolves({ Items: [] });
  dynamo
    .on(QueryCommand, { ExpressionAttributeValues: { ':pk': 'dataset#flights', ':prefix': 'run#' } })
    .resolves({ Items: found.map((each) => ({ pk: 'p', sk: 's', item: each, version: 1 })) });
};

test('runs lists the newest first, each with what came of it, and the gate', async () => {
  const failed = {
    ...run,
    status: 'FAILED',
    outcome: { error: 'LoadFailed', cause: 'LoadFailed: no such field\nmore' },
  };
  const partly = {
    ...run,
    uploads: ['u', 'v', 'w', 'x'].map((uploadId) => ({ uploadId, generation: 1 })),
    outcome: {
      ...run.outcome,
      uploads: ['REJECTED', 'LOADED', 'GONE', 'REJECTED'].map((status) => ({ status })),
    },
  };
  const timedOut = {
    ...failed,
    uploads: [{ uploadId: 'y', generation: 1 }],
    outcome: { error: 'StageTimedOut', cause: 'RunGlueJob took too long.' },
  };
  knownRuns(failed, run, partly, timedOut);
  expect(await runs.run(['flights', '--limit', '4'])).toBe(0);
  expect(output.split('\n')).toEqual([
    expect.stringMatching(/^RUN +STATUS +UPLOADS +ENGINE +ROWS +JOB$/),
    expect.stringMatching(/1a2b3c4d {2}FAILED +1 +Glue 4 x G\.1X {2}LoadFailed$/),
    expect.stringMatching(/1a2b3c4d {2}SUCCEEDED +1 +Glue 4 x G\.1X {2}8 kept, 2 quarantined +31 s$/),
    expect.stringMatching(/SUCCEEDED +4, 2 rejected, 1 gone +Glue 4 x G\.1X {2}8 kept, 2 quarantined +31 s$/),
    expect.stringMatching(/1a2b3c4d {2}FAILED +1 +Glue 4 x G\.1X {2}StageTimedOut$/),
    '',
    `${RUN_ID} is unresolved. LoadFailed: no such field`,
    'more',
    '',
    `${RUN_ID} is unresolved. StageTimedOut: RunGlueJob took too long.`,
    '',
    'gate: free; waiting: 0',
    '',
  ]);
  expect(dynamo).toHaveReceivedCommandWith(QueryCommand, { ScanIndexForward: false, Limit: 4 });
});

test('runs says what became of the uploads of which none was loaded, not that no row was quarantined', async () => {
  const none = (...statuses: string[]) => ({
    ...run,
    outcome: {
      rows: { kept: 0, quarantined: 0 },
      uploads: statuses.map((status) => ({ uploadId: 'u', status })),
    },
  });
  knownRuns(none('REJECTED', 'REJECTED'), none('GONE', 'REJECTED'), none('LOADED', 'REJECTED'));
  expect(await runs.run(['flights'])).toBe(0);
  expect(output.split('\n').slice(1, 4)).toEqual([
    expect.stringMatching(/2 rejected +Glue 4 x G\.1X {2}rejected$/),
    expect.stringMatching(/1 gone, 1 rejected +Glue 4 x G\.1X {2}gone, rejected$/),
    expect.stringMatching(/1 rejected +Glue 4 x G\.1X {2}0 kept, 0 quarantined$/),
  ]);
});

test('runs tells in whole only of failures that are open, first and in lines of 100 columns', async () => {
  const of = (nth: number, status: string, ids: string[], outcome: object) => ({
    ...run,
    runId: `20261123T20150${nth}Z-1a2b3c4d`,
    status,
    uploads: ids.map((uploadId) => ({ uploadId, generation: 1 })),
    outcome,
  });
  const failed = (nth: number, ids: string[]) =>
    of(nth, 'FAILED', ids, { error: 'GlueJobFailed', cause: `long cause ${'of many words '.repeat(20)}` });
  const succeeded = (nth: number, status: string, ids: string[]) =>
    of(nth, 'SUCCEEDED', ids, { uploads: ids.map((uploadId) => ({ uploadId, status })) });
  knownRuns(
    failed(8, ['u']),
    { ...succeeded(7, 'LOADED', ['u', 'v']), plan: { name: 'EMR 2 x m7g.xlarge, 1 of them spot' } },
    succeeded(6, 'LOADED', ['w']),
    succeeded(5, 'REJECTED', ['x']),
    failed(4, ['v']),
    failed(3, ['v', 'w']),
    failed(2, ['x']),
    failed(1, ['w', 'y']),
  );
  await runs.run(['flights']);
  const told = output.slice(output.indexOf('\n\n'));
  expect(output).toContain('  EMR 2 x m7g.xlarge\n');
  expect(Math.max(...output.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(100);
  expect(
    [...told.matchAll(/^(2026\S+) is unresolved\. GlueJobFailed: long cause/gm)].map(([, id]) => id),
  ).toEqual(['20261123T201508Z-1a2b3c4d', '20261123T201501Z-1a2b3c4d']);
  expect(told).toContain(
    [
      '\n20261123T201504Z-1a2b3c4d GlueJobFailed: loaded later by 20261123T201507Z-1a2b3c4d',
      '20261123T201503Z-1a2b3c4d GlueJobFailed: loaded later by 20261123T201507Z-1a2b3c4d and 1 other',
      '20261123T201502Z-1a2b3c4d GlueJobFailed: taken later by 20261123T201505Z-1a2b3c4d: 1 rejected',
      '',
      'gate: free',
    ].join('\n'),
  );
});

test('runs tells of a run that was redriven nothing of how it ended before', async () => {
  knownRuns({ ...run, status: 'RUNNING', outcome: { error: 'LoadFailed', cause: 'x', jobSeconds: 3 } });
  await runs.run(['flights']);
  expect(output).toMatch(/RUNNING +1 +Glue 4 x G\.1X\n\ngate/);
});

test('runs tells in whole of the newest failure of an upload, in a line of those before', async () => {
  const failed = (nth: number) => ({
    ...run,
    runId: `20261123T20150${nth}Z-1a2b3c4d`,
    status: 'FAILED',
    outcome: { error: 'ContractIncompatible', cause: `cause ${nth}` },
  });
  knownRuns(failed(3), failed(2));
  await runs.run(['flights']);
  expect(output).toContain(
    '\n20261123T201503Z-1a2b3c4d is unresolved. ContractIncompatible: cause 3\n\n' +
      '20261123T201502Z-1a2b3c4d ContractIncompatible: taken later by 20261123T201503Z-1a2b3c4d: 1 failed\n',
  );
  output = '';
  knownRuns({ ...run, runId: '20261123T201504Z-1a2b3c4d', status: 'RUNNING', outcome: null }, failed(3));
  await runs.run(['flights']);
  expect(output).toContain('taken later by 20261123T201504Z-1a2b3c4d: 1 running\n');
});

test.each([
  [60_000, `gate: free; next: ${RUN_ID}; waiting: 0\n`],
  [-60_000, 'gate: free; waiting: 0\n'],
])('runs tells which run the gate is kept for, as long as it is (for %d ms)', async (left, told) => {
  knownRuns(run);
  const until = new Date(Date.now() + left).toISOString();
  const reserved = { runId: RUN_ID, until };
  item('dataset#flights', 'gate', { holder: null, holderExecutionArn: null, epoch: 7, reserved });
  await runs.run(['flights']);
  expect(output.endsWith(told)).toBe(true);
});

test.each([
  ['flights', 'Dataset "flights" has never received an upload.'],
  ['fligths', 'No dataset "fligths" is deployed'],
])('runs tells a dataset without uploads, %s, from a name that is misspelt', async (dataset, told) => {
  dynamo.on(QueryCommand).resolves({ Items: [] });
  await expect(runs.run([dataset])).rejects.toThrow(told);
});

describe('redrive', () => {
  test('finds the execution of the run', async () => {
    knownRun();
    sfn.on(RedriveExecutionCommand).resolves({});
    expect(await redrive.run([RUN_ID])).toBe(0);
    expect(sfn).toHaveReceivedCommandWith(RedriveExecutionCommand, { executionArn: arn });
  });

  test('says what to do when it is too late for it', async () => {
    knownRun();
    sfn
      .on(RedriveExecutionCommand)
      .rejects(
        new ExecutionNotRedrivable({ message: 'Execution redrivable period exceeded', $metadata: {} }),
      );
    sfn.on(DescribeExecutionCommand).resolves({ status: 'FAILED' });
    await expect(redrive.run([RUN_ID])).rejects.toThrow(/period exceeded.*tidegate replay/);
  });

  test('tells of a run that is not there', async () => {
    await expect(redrive.run(['none'])).rejects.toThrow('There is no run none');
  });
});

describe('--wait of redrive and replay', () => {
  const startDate = new Date('2026-11-23T20:15:00.000Z');
  const now = new Date('2026-11-24T08:00:00.000Z');
  const redriven = runIdOf(arn, startDate);
  const known = uploadOf('flights/a.csv', 'v1');
  const record = (status: UploadRecord['status'], runId = redriven) =>
    item('dataset#flights', `upload#${known.uploadId}`, {
      ...{ upload: known, status, wanted: 2, taken: 2, replayedBy: null, runId },
      reason: status === 'FAILED' ? 'LoadFailed: no such field' : null,
    });
  beforeEach(() => {
    item(`run#${redriven}`, 'dataset', { dataset: 'flights' });
    item('dataset#flights', `run#${redriven}`, {
      ...run,
      runId: redriven,
      uploads: [{ uploadId: known.uploadId, generation: 1 }],
    });
    s3.on(HeadObjectCommand, { Bucket: 'source' }).resolves({ VersionId: 'v1' });
    sfn.on(RedriveExecutionCommand).resolves({ redriveDate: now });
    sfn.on(StartExecutionCommand).resolves({ executionArn: arn });
    jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  });
  const ends = (answer: object) => sfn.on(DescribeExecutionCommand).resolves({ startDate, ...answer });

  test.each([[redriven], [arn]])('redrive %s waits for the end that comes after it', async (which) => {
    ends({ status: 'SUCCEEDED', redriveDate: now });
    record('LOADED');
    expect(await redrive.run([which, '--wait'])).toBe(0);
    expect(output).toBe(`${arn}\ns3://source/flights/a.csv: LOADED by run ${redriven}\n`);
  });

  test('takes no answer from before for the end', async () => {
    record('LOADED');
    sfn
      .on(DescribeExecutionCommand)
      .rejectsOnce(new ExecutionDoesNotExist({ message: 'x', $metadata: {} }))
      .resolvesOnce({ startDate, status: 'FAILED' })
      .resolvesOnce({ startDate, status: 'FAILED', redriveDate: startDate })
      .resolvesOnce({ startDate, status: 'RUNNING', redriveDate: now })
      .resolves({ startDate, status: 'SUCCEEDED', redriveDate: now });
    const pause = jest.fn(async () => {});
    const target = { ...deployment(), ...runFolders() };
    expect(await endOfExecution({ executionArn: arn, redriveDate: now }, target, pause)).toBe(0);
    expect(pause).toHaveBeenCalledTimes(4);
    expect(output).toBe(`s3://source/flights/a.csv: LOADED by run ${redriven}\n`);
  });

  test('a redrive that fails again says so', async () => {
    ends({ status: 'FAILED', error: 'LoadFailed', redriveDate: now });
    record('FAILED');
    expect(await redrive.run([redriven, '--wait'])).toBe(1);
    expect(output).toContain(
      `The execution is FAILED: LoadFailed.\ns3://source/flights/a.csv: FAILED by run ${redriven}: LoadFailed: no such field\nThe alert of that run says what to do.\n`,
    );
  });

  test.each([[['s3://source/flights/a.csv']], [[redriven]]])(
    'replay %j waits for its uploads',
    async (which) => {
      ends({ status: 'SUCCEEDED', output: '{"outcome":"Queued"}' });
      record('LOADED', RUN_ID);
      expect(await replay.run([...which, '--wait'])).toBe(0);
      expect(output).toBe(`${arn}\ns3://source/flights/a.csv: LOADED by run ${RUN_ID}\n`);
    },
  );

  test('a replay that is ignored says why', async () => {
    ends({ status: 'SUCCEEDED', output: '{"outcome":"Ignored","reason":"it is empty"}' });
    expect(await replay.run(['s3://source/flights/a.csv', '--wait'])).toBe(1);
    expect(output).toBe(`${arn}\nIgnored: it is empty\n`);
  });
});

test.each([
  [[RUN_ID], { runId: RUN_ID }],
  [['s3://source/flights/a b.csv'], { bucket: 'source', key: 'flights/a b.csv' }],
  [
    ['s3://source/flights/a.csv', '--version', 'v1'],
    { bucket: 'source', key: 'flights/a.csv', versionId: 'v1' },
  ],
])('replay %j starts an execution of that', async (args, input) => {
  knownRun();
  s3.on(HeadObjectCommand, { Bucket: 'source' }).resolves({});
  sfn.on(StartExecutionCommand).resolves({ executionArn: arn });
  expect(await replay.run(args)).toBe(0);
  expect(sfn).toHaveReceivedCommandWith(StartExecutionCommand, {
    stateMachineArn: MACHINE,
    input: JSON.stringify(input),
  });
  expect(output).toBe(`${arn}\n`);
});

test.each([
  [['s3://source/nosuch/a.csv'], 'No dataset "nosuch" is deployed'],
  [[`s3://source/_mended/nosuch/${'0'.repeat(32)}/a.csv`], 'No dataset "nosuch" is deployed'],
  [['nope'], 'There is no run nope. `tidegate runs DATASET` lists them.'],
  [['s3://source/flights/nope.csv'], 'There is no s3://source/flights/nope.csv. Check'],
  [
    ['s3://source/flights/a.csv', '--version', 'v0'],
    'There is no s3://source/flights/a.csv version v0. Check',
  ],
  [
    ['s3://other/flights/a.csv'],
    'expected a file of the source bucket source, found s3://other/flights/a.csv',
  ],
])('replay %j starts nothing, and tells why', async (args, why) => {
  await expect(replay.run(args)).rejects.toThrow(why);
  expect(sfn).not.toHaveReceivedCommand(StartExecutionCommand);
});

describe('upload', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-upload-'));
  const file = join(folder, 'a.csv');
  beforeAll(() => writeFileSync(file, 'id,note\n1,x\n'));
  afterAll(() => rmSync(folder, { recursive: true }));
  beforeEach(() => s3.on(PutObjectCommand).resolves({ VersionId: 'v9' }));

  const record = (status: UploadRecord['status']) =>
    item('dataset#flights', `upload#${uploadIdOf('source', 'flights/a.csv', 'v9')}`, {
      upload: { ...uploadOf('flights/a.csv', 'v9'), uploadId: uploadIdOf('source', 'flights/a.csv', 'v9') },
      status,
      wanted: 1,
      taken: 1,
      replayedBy: null,
      runId: RUN_ID,
      reason: status === 'REJECTED' ? 'header: expected id' : null,
    });

  test('puts the file under its dataset and tells its version', async () => {
    expect(await upload.run(['flights', file])).toBe(0);
    expect(s3).toHaveReceivedCommandWith(PutObjectCommand, { Bucket: 'source', Key: 'flights/a.csv' });
    expect(output).toBe('s3://source/flights/a.csv version v9\n');
  });

  test('puts a large file in parts, each of which can be sent again', async () => {
    const large = join(folder, 'large.csv');
    writeFileSync(large, '');
    truncateSync(large, 40_000_000);
    s3.on(CreateMultipartUploadCommand).resolves({ UploadId: 'parts' });
    s3.on(UploadPartCommand).callsFake(({ PartNumber }) => ({ ETag: `etag ${PartNumber}` }));
    s3.on(CompleteMultipartUploadCommand).resolves({ VersionId: 'v10' });
    expect(await upload.run(['flights', large])).toBe(0);
    const sizes = s3
      .commandCalls(UploadPartCommand)
      .map(({ args: [{ input }] }) => (input.Body as Uint8Array).length);
    expect(sizes.sort((a, b) => b - a)).toEqual([16 * 2 ** 20, 16 * 2 ** 20, 40_000_000 - 32 * 2 ** 20]);
    expect(output).toBe('s3://source/flights/large.csv version v10\n');
  });

  test('tells of files that could not be put, and goes on with the others', async () => {
    const empty = join(folder, 'empty.csv');
    writeFileSync(empty, '');
    const broken = join(folder, 'line\nbreak.csv');
    writeFileSync(broken, 'id,note\n1,x\n');
    const refused = Object.assign(new Error('mismatched tags\n  inspect the hidden field'), {
      $metadata: {},
    });
    s3.on(PutObjectCommand, { Key: 'flights/line\nbreak.csv' }).rejects(refused);
    let told = '';
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
      told += text;
      return true;
    });
    record('LOADED');
    expect(await upload.run(['flights', broken, empty, 'nosuch.csv', folder, file, '--wait'])).toBe(1);
    expect(told).toBe(
      `tidegate upload: ${broken} could not be uploaded to s3://source/flights/line\nbreak.csv: mismatched tags\n` +
        `tidegate upload: ${empty} is empty: Tidegate does not load empty files.\n` +
        'tidegate upload: nosuch.csv: there is no such file.\n' +
        `tidegate upload: ${folder}: expected a file, found a folder. Name the files in it.\n`,
    );
    expect(output).toContain(`${file}: LOADED by run ${RUN_ID}\n`);
  });

  test.each([
    ['LOADED', 0, `LOADED by run ${RUN_ID}`],
    ['REJECTED', 1, `REJECTED by run ${RUN_ID}: header: expected id`],
  ] as const)('waits until it is %s', async (status, exitCode, told) => {
    record(status);
    expect(await upload.run(['flights', file, '--wait'])).toBe(exitCode);
    expect(output).toContain(`${file}: ${told}\n`);
  });
});

test.each([
  ['upload', () => upload.run(['nosuch', 'a.csv'])],
  ['backfill', () => backfill.run(['nosuch'])],
])('%s refuses a dataset that is not deployed', async (_, run) => {
  const refused = /No dataset "nosuch" is deployed.*artifacts\/datasets\/nosuch\/contract\.json.*deploy/;
  await expect(run()).rejects.toThrow(refused);
  expect(s3).not.toHaveReceivedCommand(PutObjectCommand);
  expect(sfn).not.toHaveReceivedCommand(StartExecutionCommand);
});

describe('backfill', () => {
  const isLoaded = (key: string, versionId: string): void => {
    const upload = uploadOf(key, versionId);
    item('dataset#flights', `upload#${upload.uploadId}`, {
      upload,
      status: 'LOADED',
      wanted: 1,
      taken: 1,
      replayedBy: null,
      runId: RUN_ID,
      reason: null,
    });
  };
  const version = (Key: string, day: number, IsLatest = true, Size = 10) => ({
    Key,
    VersionId: `v${day}`,
    LastModified: new Date(Date.UTC(2026, 0, day)),
    IsLatest,
    Size,
  });
  beforeEach(() => {
    sfn.on(StartExecutionCommand).resolves({ executionArn: arn });
    s3.on(ListObjectVersionsCommand)
      .resolvesOnce({
        Versions: [
          version('flights/a.csv', 1),
          version('flights/b.csv', 2),
          version('flights/b.csv', 1, false),
          version('flights/empty.csv', 2, true, 0),
          version('flights/loaded.csv', 3),
        ],
        IsTruncated: true,
        NextKeyMarker: 'flights/loaded.csv',
        NextVersionIdMarker: 'v3',
      })
      .resolves({ Versions: [version('flights/d.csv', 4)] });
    isLoaded('flights/loaded.csv', 'v3');
  });
  const started = () =>
    sfn.commandCalls(StartExecutionCommand).map((call) => JSON.parse(call.args[0].input.input ?? '').key);

  test('starts what Tidegate has never seen, as it is now, under a name of the upload', async () => {
    expect(await backfill.run(['flights'])).toBe(0);
    expect(started()).toEqual(['flights/a.csv', 'flights/b.csv', 'flights/d.csv']);
    expect(sfn).toHaveReceivedCommandWith(StartExecutionCommand, {
      name: `backfill-${uploadIdOf('source', 'flights/b.csv', 'v2')}`,
      input: '{"bucket":"source","key":"flights/b.csv","versionId":"v2"}',
    });
    expect(output).toContain('Started: 3\n');
  });

  test('tells a key on one line, whatever is in it', async () => {
    s3.on(ListObjectVersionsCommand, { Prefix: 'flights/odd' }).resolves({
      Versions: [version('flights/odd\u001b[2J\nStarted: 0', 1)],
    });
    expect(await backfill.run(['flights', '--prefix', 'odd'])).toBe(0);
    expect(output).toBe('s3://source/flights/odd\\u001b[2J\\u000aStarted: 0 version v1\nStarted: 1\n');
  });

  test('again, it starts every version that Tidegate has seen as well, each time anew', async () => {
    isLoaded('flights/b.csv', 'v1');
    await backfill.run(['flights', '--again']);
    expect(started()).toEqual([
      'flights/a.csv',
      'flights/b.csv',
      'flights/b.csv',
      'flights/loaded.csv',
      'flights/d.csv',
    ]);
    expect(sfn).toHaveReceivedCommandWith(StartExecutionCommand, {
      name: undefined,
      input: '{"bucket":"source","key":"flights/b.csv","versionId":"v1"}',
    });
  });

  test('leaves out what was written before a date, and starts nothing when it is to try only', async () => {
    await backfill.run(['flights', '--since', '2026-01-02', '--dry-run']);
    expect(started()).toEqual([]);
    expect(output).toContain('To load: 2\n');
  });

  test.each(['2026-01-02T08:00+08:00', '2026-01-02T00:00:00.000Z'])('takes %s for a time', async (time) => {
    await backfill.run(['flights', '--since', time, '--dry-run']);
    expect(output).toContain('To load: 2\n');
  });

  test.each(['12', '2026-02-30', 'yesterday', '2026-01-02T08:00'])('takes %s for no time', async (time) => {
    await expect(backfill.run(['flights', '--since', time])).rejects.toThrow(
      `--since: expected a date like 2026-01-31, or a time like 2026-01-31T18:00Z, found "${time}".`,
    );
  });

  test('goes on over what an earlier backfill has started', async () => {
    sfn.on(StartExecutionCommand).rejects(new ExecutionAlreadyExists({ message: 'x', $metadata: {} }));
    expect(await backfill.run(['flights'])).toBe(0);
  });
});

test('a state table that is not there is named, with what names it', () => {
  const absent = { name: 'ResourceNotFoundException', $metadata: {} };
  const error = Object.assign(new Error('Requested resource not found'), absent);
  expect(failureTold(error)).toMatch(
    /There is no table "state".*TIDEGATE_STATE_TABLE.*stack's output StateTable\.$/,
  );
});

test('a variable that is not set is named, with where to find it', async () => {
  const { TIDEGATE_STATE_TABLE, ...rest } = process.env;
  jest.replaceProperty(process, 'env', rest);
  expect(TIDEGATE_STATE_TABLE).toBeDefined();
  await expect(runs.run(['flights'])).rejects.toThrow(/TIDEGATE_STATE_TABLE.*make -s env.*StateTable/);
});
