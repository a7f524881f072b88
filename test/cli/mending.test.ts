import '../tasks/handlers/environment.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  GetObjectCommand,
  HeadObjectCommand,
  NotFound,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import 'aws-sdk-client-mock-jest';
import { mend } from '../../cli/commands/mend.ts';
import { quarantine } from '../../cli/commands/quarantine.ts';
import { parquet } from '../fakes/parquet.ts';
import { contractOf, manifestOf, uploadOf } from '../fakes/samples.ts';

const s3 = mockClient(S3Client);
const dynamo = mockClient(DynamoDBDocumentClient);
const RUN_ID = '20261123T201500Z-1a2b3c4d';
const upload = uploadOf('flights/a.csv');
const { uploadId } = upload;
const contract = contractOf();
const sample = manifestOf(RUN_ID, uploadId);
const manifest = { ...sample, uploads: sample.uploads.map((one) => ({ ...one, header: 'note,id' })) };
const folder = `runs/flights/${RUN_ID}`;

let output = '';
beforeEach(() => {
  for (const client of [s3, dynamo]) client.reset();
  output = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    output += text;
    return true;
  });
  dynamo.on(GetCommand).resolves({});
  s3.on(HeadObjectCommand).rejects(new NotFound({ message: 'x', $metadata: {} }));
});
afterEach(() => jest.restoreAllMocks());

const item = (pk: string, sk: string, content: object) =>
  dynamo.on(GetCommand, { Key: { pk, sk } }).resolves({ Item: { pk, sk, item: content, version: 1 } });
const stored = (key: string, body: string | Uint8Array) => {
  s3.on(HeadObjectCommand, { Bucket: 'destination', Key: key }).resolves({ VersionId: 'v' });
  s3.on(GetObjectCommand, { Bucket: 'destination', Key: key }).resolves({
    Body: { transformToByteArray: async () => Buffer.from(body) } as never,
  });
};
const record = (changes: object = {}) => ({
  upload,
  status: 'LOADED',
  wanted: 1,
  taken: 1,
  replayedBy: null,
  runId: RUN_ID,
  reason: null,
  ...changes,
});
const run = (runId: string) => ({
  runId,
  dataset: 'flights',
  executionArn: 'arn',
  startedAt: '2026-11-23T20:15:00.000Z',
  status: 'SUCCEEDED',
  redriveCount: 0,
  uploads: [{ uploadId, generation: 1 }],
  attempt: 1,
  discardedAttempt: 0,
  plan: null,
  outcome: null,
});

const reason = (rule: string, column: string | null, value: string | null) => ({ rule, column, value });
/** A part of quarantined rows, as Parquet. */
function partOf(
  rows: readonly { _upload_id: string; _row: string; _raw: string; reasons: readonly object[] }[],
): Buffer {
  const fields: [string, string, boolean][] = [
    ['_upload_id', 'string', true],
    ['_row', 'integer', true],
    ['_raw', 'string', true],
    ['reasons', 'reasons', true],
  ];
  const [part = Buffer.of()] = parquet({
    fields,
    rows: rows.map((row) => ({ ...row, reasons: JSON.stringify(row.reasons) })),
  });
  return part;
}

describe('quarantine', () => {
  beforeEach(() => {
    item('dataset#flights', `upload#${uploadId}`, record());
    item('dataset#flights', `run#${RUN_ID}`, run(RUN_ID));
    stored(`${folder}/attempts/1/manifest.json`, JSON.stringify(manifest));
  });

  test('tells a dataset of which nothing is quarantined from a name that is misspelt', async () => {
    dynamo.on(QueryCommand).resolves({ Items: [] });
    await expect(quarantine.run(['fligths'])).rejects.toThrow('No dataset "fligths" is deployed');
    s3.on(HeadObjectCommand, { Bucket: 'artifacts', Key: 'datasets/flights/contract.json' }).resolves({});
    await quarantine.run(['flights']);
    expect(output).toBe('No rows of "flights" are quarantined.\n');
  });

  test('lists what is quarantined now: not what a later run of the upload has read again', async () => {
    const earlier = '20261123T190000Z-00000000';
    stored(`runs/flights/${earlier}/attempts/1/manifest.json`, JSON.stringify(manifestOf(earlier, uploadId)));
    dynamo.on(QueryCommand).resolves({
      Items: [RUN_ID, earlier].map((runId) => ({ pk: 'p', sk: 's', item: run(runId), version: 1 })),
    });
    expect(await quarantine.run(['flights'])).toBe(0);
    expect(output.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^UPLOAD +STATUS +QUARANTINED +RUN +FILE$/),
      `${uploadId}  LOADED  2 of 10      ${RUN_ID}  a.csv`,
    ]);
  });

  test('lists and writes what an earlier run left, where the last could not read the upload for what was to mend it', async () => {
    const [last, between] = ['20261124T080000Z-00000000', '20261124T070000Z-00000000'];
    const unread = { read: 0, kept: 0, quarantined: 0, current: 0, superseded: 0 };
    for (const runId of [last, between]) {
      const rejected = manifestOf(runId, uploadId);
      const uploads = rejected.uploads.map((one) => ({ ...one, ...unread, outcome: 'REJECTED' }));
      const written = JSON.stringify({ ...rejected, uploads, rows: unread });
      stored(`runs/flights/${runId}/attempts/1/manifest.json`, written);
      item('dataset#flights', `run#${runId}`, run(runId));
    }
    item('dataset#flights', `upload#${uploadId}`, record({ status: 'REJECTED', runId: last }));
    dynamo.on(QueryCommand).resolves({
      Items: [last, between, RUN_ID].map((runId) => ({ pk: 'p', sk: 's', item: run(runId), version: 1 })),
    });
    expect(await quarantine.run(['flights'])).toBe(0);
    expect(output).toContain(`${uploadId}  REJECTED  2 of 10      ${RUN_ID}  a.csv`);
    output = '';
    stored(`${folder}/contract.json`, JSON.stringify(contract));
    const rows = [{ _upload_id: uploadId, _row: '7', _raw: 'x,y', reasons: [reason('minimum', 'id', 'y')] }];
    stored(`${folder}/attempts/1/quarantine/a.parquet`, partOf(rows));
    expect(await quarantine.run(['flights', uploadId])).toBe(0);
    expect(output).toBe('_row,_reasons,note,id\n7,"id: minimum; found y",x,y\n');
  });

  test('writes the rows of an upload behind their numbers and reasons, under the header of the file', async () => {
    const rows = [
      { _upload_id: uploadId, _row: '7', _raw: 'x,"a ""b"""', reasons: [reason('type integer', 'id', 'x"')] },
      { _upload_id: 'other', _row: '3', _raw: 'y,z', reasons: [] },
      {
        _upload_id: uploadId,
        _row: '4',
        _raw: '1,2,3',
        reasons: [reason('field_count', null, '1,2,3'), reason('required', 'id', null)],
      },
    ];
    stored(`${folder}/attempts/1/quarantine/a.parquet`, partOf(rows));
    stored(`${folder}/contract.json`, JSON.stringify(contract));
    expect(await quarantine.run(['flights', uploadId])).toBe(0);
    expect(output).toBe(
      '_row,_reasons,note,id\n' +
        '4,"field_count | id: required; found nothing",1,2,3\n' +
        '7,"id: type integer; found x ",x,"a ""b"""\n',
    );
  });

  test('writes rows in the order of the file, in whichever part they are', async () => {
    const inQuarantine = `${folder}/attempts/1/quarantine`;
    const parts = ['a', 'b'].map((name) => ({
      path: `s3://destination/${inQuarantine}/${name}.parquet`,
      rows: 1,
      bytes: 20,
    }));
    stored(`${folder}/attempts/1/manifest.json`, JSON.stringify({ ...manifest, quarantine: { parts } }));
    stored(`${folder}/contract.json`, JSON.stringify(contract));
    const row = (number: string) => ({ _upload_id: uploadId, _row: number, _raw: 'x', reasons: [] });
    stored(`${inQuarantine}/a.parquet`, partOf([row('10'), row('2')]));
    stored(`${inQuarantine}/b.parquet`, partOf([row('9')]));
    expect(await quarantine.run(['flights', uploadId])).toBe(0);
    expect(output.match(/^\d+/gm)).toEqual(['2', '9', '10']);
  });

  test('tells what the rules mean, as the run counted them', async () => {
    const of = { count: 1, example: { row: 7, value: null }, message: '' };
    const reasons = [
      { ...of, rule: 'named', column: null },
      { ...of, rule: 'named', column: null, meaning: "named (port <> 'JFK')" },
      { ...of, rule: 'minimum', column: 'delay', meaning: 'delay: minimum 5' },
      { ...of, rule: 'minimum', column: 'id', meaning: 'id: minimum 1' },
    ];
    const uploads = manifest.uploads.map((one) => ({ ...one, reasons }));
    stored(`${folder}/attempts/1/manifest.json`, JSON.stringify({ ...manifest, uploads }));
    const broken = [reason('minimum', 'id', '0'), reason('named', null, 'x'), reason('unique', 'id', '0')];
    const rows = [{ _upload_id: uploadId, _row: '7', _raw: 'x', reasons: broken }];
    stored(`${folder}/attempts/1/quarantine/a.parquet`, partOf(rows));
    stored(`${folder}/contract.json`, JSON.stringify(contract));
    expect(await quarantine.run(['flights', uploadId])).toBe(0);
    const told = "id: minimum 1; found 0 | named (port <> 'JFK') | id: unique; found 0";
    expect(output).toBe(`_row,_reasons,note,id\n7,"${told}",x\n`);
  });

  test('tells that a run of before headers were told has to be replayed', async () => {
    stored(`${folder}/attempts/1/manifest.json`, JSON.stringify(sample));
    stored(`${folder}/contract.json`, JSON.stringify(contract));
    await expect(quarantine.run(['flights', uploadId])).rejects.toThrow('header of the upload: replay it');
  });

  test('tells of an upload that no run has read', async () => {
    await expect(quarantine.run(['flights', 'f'.repeat(32)])).rejects.toThrow('No run of "flights" has read');
  });
});

describe('mend', () => {
  const folderOfFile = mkdtempSync(join(tmpdir(), 'tidegate-mend-'));
  const file = join(folderOfFile, 'mended.csv');
  const key = `_mended/flights/${uploadId}/mended.csv`;
  beforeAll(() => writeFileSync(file, '_row,id,note\n4,1,x\n'));
  afterAll(() => rmSync(folderOfFile, { recursive: true }));
  beforeEach(() =>
    s3.on(PutObjectCommand).callsFake(async ({ Body }) => {
      for await (const _ of Body);
      return { VersionId: 'v2' };
    }),
  );

  test('sends the file beside its upload and waits for the run that counts it', async () => {
    const mends = [{ key, versionId: 'v2', generation: 2 }];
    dynamo
      .on(GetCommand, { Key: { pk: 'dataset#flights', sk: `upload#${uploadId}` } })
      .resolvesOnce({ Item: { pk: 'p', sk: 's', item: record(), version: 1 } })
      .resolves({
        Item: { pk: 'p', sk: 's', item: record({ wanted: 2, taken: 2, mends, runId: 'R2' }), version: 2 },
      });
    expect(await mend.run(['flights', uploadId, file, '--wait'])).toBe(0);
    expect(s3).toHaveReceivedCommandWith(PutObjectCommand, { Bucket: 'source', Key: key });
    expect(output).toContain(`${file}: LOADED by run R2\n`);
  });

  test('tells how many rows are in quarantine still', async () => {
    const mends = [{ key, versionId: 'v2', generation: 2 }];
    item('dataset#flights', `upload#${uploadId}`, record({ wanted: 2, taken: 2, mends }));
    item('dataset#flights', `run#${RUN_ID}`, run(RUN_ID));
    stored(`${folder}/attempts/1/manifest.json`, JSON.stringify(manifest));
    expect(await mend.run(['flights', uploadId, file, '--wait'])).toBe(0);
    expect(output).toContain(
      `LOADED by run ${RUN_ID}: 8 rows kept, 2 quarantined. See \`tidegate quarantine flights ${uploadId}\`\n`,
    );
  });

  test.each([
    ['quarantine.maxShare', true],
    ['unclosed_quote', false],
  ])(
    'of an upload that is rejected by %s, tells what to do if rows can be mended',
    async (rule, isMendable) => {
      const mends = [{ key, versionId: 'v2', generation: 2 }];
      const reasons = [{ rule, column: null, count: 1, example: { row: null, value: null }, message: 'No.' }];
      const uploads = manifest.uploads.map((counts) => ({ ...counts, outcome: 'REJECTED', reasons }));
      const rejected = { status: 'REJECTED', reason: 'No.', wanted: 2, taken: 2, mends };
      item('dataset#flights', `upload#${uploadId}`, record(rejected));
      item('dataset#flights', `run#${RUN_ID}`, run(RUN_ID));
      stored(`${folder}/attempts/1/manifest.json`, JSON.stringify({ ...manifest, uploads }));
      expect(await mend.run(['flights', uploadId, file, '--wait'])).toBe(1);
      const next = `See \`tidegate quarantine flights ${uploadId}\`: the rows can be corrected and sent with \`tidegate mend flights ${uploadId} FILE\`\n`;
      expect(output.slice(output.indexOf('\n') + 1)).toBe(
        `${file}: REJECTED by run ${RUN_ID}: No.\n${isMendable ? next : ''}`,
      );
    },
  );

  test('tells of a file that was not taken why, and fails, though its upload is loaded', async () => {
    const mends = [{ key, versionId: 'v2', generation: 2 }];
    const mendsNotTaken = [
      { name: 'other.csv', message: 'No.' },
      { name: 'mended.csv', message: 'line 2: the upload has no row 99: z.' },
    ];
    const uploads = manifest.uploads.map((counts) => ({ ...counts, mendsNotTaken }));
    item('dataset#flights', `upload#${uploadId}`, record({ wanted: 2, taken: 2, mends }));
    item('dataset#flights', `run#${RUN_ID}`, run(RUN_ID));
    stored(`${folder}/attempts/1/manifest.json`, JSON.stringify({ ...manifest, uploads }));
    expect(await mend.run(['flights', uploadId, file, '--wait'])).toBe(1);
    expect(output).toContain(
      `${file}: NOT TAKEN by run ${RUN_ID}: line 2: the upload has no row 99: z. What was loaded stays as it is: `,
    );
  });

  test('tells no rows of a run that failed behind its job, but where it is said what to do', async () => {
    const mends = [{ key, versionId: 'v2', generation: 2 }];
    const failed = { status: 'FAILED', reason: 'LoadFailed: no.', wanted: 2, taken: 2, mends };
    item('dataset#flights', `upload#${uploadId}`, record(failed));
    item('dataset#flights', `run#${RUN_ID}`, run(RUN_ID));
    stored(`${folder}/attempts/1/manifest.json`, JSON.stringify(manifest));
    expect(await mend.run(['flights', uploadId, file, '--wait'])).toBe(1);
    expect(output.slice(output.indexOf('\n') + 1)).toBe(
      `${file}: FAILED by run ${RUN_ID}: LoadFailed: no.\nThe alert of that run says what to do.\n`,
    );
  });

  test('tells one row as one', async () => {
    const mends = [{ key, versionId: 'v2', generation: 2 }];
    const uploads = manifest.uploads.map((counts) => ({ ...counts, read: 1, kept: 1, quarantined: 0 }));
    item('dataset#flights', `upload#${uploadId}`, record({ wanted: 2, taken: 2, mends }));
    item('dataset#flights', `run#${RUN_ID}`, run(RUN_ID));
    stored(`${folder}/attempts/1/manifest.json`, JSON.stringify({ ...manifest, uploads }));
    expect(await mend.run(['flights', uploadId, file, '--wait'])).toBe(0);
    expect(output).toContain(`LOADED by run ${RUN_ID}: 1 row kept, 0 quarantined\n`);
  });

  test('sends nothing for an upload that never came', async () => {
    await expect(mend.run(['flights', uploadId, file])).rejects.toThrow('There is no upload');
    expect(s3).not.toHaveReceivedCommand(PutObjectCommand);
  });
});
