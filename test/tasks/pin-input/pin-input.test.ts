import {
  CreateBucketCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  RestoreObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { S3ObjectStore } from '../../../tasks/adapters/s3-object-store.ts';
import { MAX_BATCH_UPLOADS } from '../../../tasks/core/contract.ts';
import { ObjectUnreadable } from '../../../tasks/core/ports.ts';
import { runKey, uploadKey } from '../../../tasks/core/records.ts';
import { pinInput } from '../../../tasks/pin-input/pin-input.ts';
import { MemoryObjectStore } from '../../fakes/memory-object-store.ts';
import { MemoryStateTable } from '../../fakes/memory-state-table.ts';
import { emulated, startMoto } from '../../fakes/moto.ts';
import { uploadOf } from '../../fakes/samples.ts';

const admitted = async (versionId: string, sizeBytes: number, key = 'flights/a.csv') => {
  const table = new MemoryStateTable();
  const upload = { ...uploadOf(key, versionId), sizeBytes };
  const record = {
    upload,
    status: 'RUNNING',
    wanted: 1,
    taken: 1,
    replayedBy: null,
    runId: 'R',
    reason: null,
  };
  await table.write([{ key: uploadKey('flights', upload.uploadId), item: record, expectedVersion: null }]);
  return { table, input: { dataset: 'flights', runId: 'R', uploadId: upload.uploadId } };
};

test('pins the version that was uploaded, not the one that overwrote it', async () => {
  const objects = new MemoryObjectStore();
  const versionId = objects.put('source', 'flights/a.csv', 'old');
  objects.put('source', 'flights/a.csv', 'newer');
  const { table, input } = await admitted(versionId, 3);
  const world = { objects, table, destinationBucket: 'destination' };
  for (let call = 0; call < 2; call += 1) {
    expect(await pinInput(input, world)).toEqual({ uploadId: input.uploadId, outcome: 'PINNED' });
  }
  const pinned = await objects.read({
    bucket: 'destination',
    key: `runs/flights/R/input/${input.uploadId}.csv`,
  });
  expect(Buffer.from(pinned ?? []).toString()).toBe('old');
});

test('a version that is gone is GONE, unless it was pinned before', async () => {
  const objects = new MemoryObjectStore();
  const versionId = objects.put('source', 'flights/a.csv', 'old');
  const { table, input } = await admitted(versionId, 3);
  const world = { objects, table, destinationBucket: 'destination' };
  objects.remove('source', 'flights/a.csv');
  expect(await pinInput(input, world)).toMatchObject({
    outcome: 'GONE',
    reason: expect.stringContaining('s3://source/flights/a.csv'),
  });
  objects.put('destination', `runs/flights/R/input/${input.uploadId}.csv`, 'old');
  expect(await pinInput(input, world)).toMatchObject({ outcome: 'PINNED' });
});

test('a key that breaks lines and steers terminals does neither in the reason', async () => {
  const { table, input } = await admitted('gone', 3, 'flights/a\n\u001b[2Jb.csv');
  const world = { objects: new MemoryObjectStore(), table, destinationBucket: 'destination' };
  expect(await pinInput(input, world)).toMatchObject({
    reason: expect.stringContaining('s3://source/flights/a\\u000a\\u001b[2Jb.csv version gone was deleted'),
  });
});

test('an archived version is REJECTED with what to do, and pinned once that is done', async () => {
  const moto = await startMoto();
  const s3 = new S3Client({ ...emulated(moto.endpoint), forcePathStyle: true });
  try {
    for (const Bucket of ['source', 'destination']) await s3.send(new CreateBucketCommand({ Bucket }));
    const Versioned = { VersioningConfiguration: { Status: 'Enabled' } } as const;
    await s3.send(new PutBucketVersioningCommand({ Bucket: 'source', ...Versioned }));
    const at = { Bucket: 'source', Key: 'flights/a.csv' };
    const { VersionId = '' } = await s3.send(
      new PutObjectCommand({ ...at, Body: 'old', StorageClass: 'GLACIER' }),
    );
    const { table, input } = await admitted(VersionId, 3);
    const world = { objects: new S3ObjectStore(s3), table, destinationBucket: 'destination' };
    expect(await pinInput(input, world)).toMatchObject({
      outcome: 'REJECTED',
      reason: expect.stringMatching(/archived.*restore it.*replay/),
    });
    // Its storage class stays what it is.
    await s3.send(new RestoreObjectCommand({ ...at, RestoreRequest: { Days: 2 } }));
    expect(await pinInput(input, world)).toMatchObject({ outcome: 'PINNED' });
  } finally {
    s3.destroy();
    await moto.stop();
  }
}, 90_000);

test('a version that its storage does not let read is REJECTED with the reason, and its neighbours go on', async () => {
  const objects = new MemoryObjectStore();
  const versionId = objects.put('source', 'flights/a.csv', 'old');
  const { table, input } = await admitted(versionId, 3);
  objects.copy = async () => {
    throw new ObjectUnreadable('is encrypted with a key that its uploader kept (SSE-C)');
  };
  expect(await pinInput(input, { objects, table, destinationBucket: 'destination' })).toMatchObject({
    outcome: 'REJECTED',
    reason: expect.stringMatching(/flights\/a\.csv version v1 is encrypted.*replay/),
  });
});

test('pins the mended rows that the run may count: those that are there, and none that came after it began', async () => {
  const objects = new MemoryObjectStore();
  const versionId = objects.put('source', 'flights/a.csv', 'old');
  const { table, input } = await admitted(versionId, 3);
  const mended = (name: string, body: string, generation: number) => {
    const key = `_mended/flights/${input.uploadId}/${name}`;
    return { key, versionId: objects.put('source', key, body), generation };
  };
  const mends = [
    // Overwritten since, and no longer there.
    { key: `_mended/flights/${input.uploadId}/a.csv`, versionId: 'gone', generation: 2 },
    mended('b.csv', 'other', 3),
    mended('b.csv', 'newest', 4),
    mended('c.csv', 'late', 5),
  ];
  const uploadAt = uploadKey('flights', input.uploadId);
  const stored = await table.get(uploadAt);
  const run = {
    runId: 'R',
    dataset: 'flights',
    executionArn: 'arn',
    startedAt: '2026-11-23T20:15:00.000Z',
    status: 'RUNNING',
    redriveCount: 0,
    uploads: [{ uploadId: input.uploadId, generation: 4 }],
    attempt: 0,
    discardedAttempt: 0,
    plan: null,
    outcome: null,
  };
  await table.write([
    { key: uploadAt, item: { ...stored?.item, mends }, expectedVersion: 1 },
    { key: runKey('flights', 'R'), item: run, expectedVersion: null },
  ]);
  expect(await pinInput(input, { objects, table, destinationBucket: 'destination' })).toMatchObject({
    outcome: 'PINNED',
  });
  const pinned = await objects.list('destination', 'runs/flights/R/input/');
  expect(pinned.map(({ key, sizeBytes }) => [key.split('.').slice(1).join('.'), sizeBytes]).sort()).toEqual([
    ['csv', 3],
    ['mended-3.csv', 5],
    ['mended-4.csv', 6],
  ]);
});

test.each([
  ['of many bytes', '\u5b57'.repeat(330)],
  ['of quotes', '"'.repeat(1000)],
  ['of control characters', '\u0001'.repeat(1000)],
])(
  'of a whole batch of rejected uploads with keys %s the state machine can carry the pins',
  async (_, name) => {
    const objects = new MemoryObjectStore();
    const key = `flights/${name}`;
    // The longest names that Amazon S3 gives: a version's has 32 characters, a bucket's 63.
    const versionId = objects.put('source', key, 'old').padEnd(32, 'v');
    const { table, input } = await admitted(versionId, 3, key);
    objects.head = async ({ bucket }) => {
      if (bucket === 'destination') return null;
      throw new ObjectUnreadable('is encrypted with a key that its uploader kept (SSE-C)');
    };
    const pin = await pinInput(input, { objects, table, destinationBucket: 'destination' });
    expect(pin.outcome).toBe('REJECTED');
    const bytes = Buffer.byteLength(JSON.stringify(pin)) + 63;
    expect(MAX_BATCH_UPLOADS * bytes).toBeLessThan(0.9 * 256 * 1024);
  },
);

test('an upload that was never admitted is refused', async () => {
  const world = {
    objects: new MemoryObjectStore(),
    table: new MemoryStateTable(),
    destinationBucket: 'destination',
  };
  const refused = pinInput({ dataset: 'flights', runId: 'R', uploadId: 'u' }, world);
  await expect(refused).rejects.toMatchObject({ name: 'InvalidInput' });
});
