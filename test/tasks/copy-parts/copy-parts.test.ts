import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { GcsPartStore } from '../../../tasks/adapters/gcs-part-store.ts';
import { copyPart } from '../../../tasks/copy-parts/copy-part.ts';
import { copyParts } from '../../../tasks/copy-parts/copy-parts.ts';
import { manifestKey } from '../../../tasks/core/folders/folders.ts';
import type { PartStore } from '../../../tasks/core/google-ports.ts';
import { type Fault, type GoogleServices, startGoogleServices } from '../../fakes/google-services.ts';
import { MemoryObjectStore } from '../../fakes/memory-object-store.ts';
import { manifestOf } from '../../fakes/samples.ts';

let google: GoogleServices;
let made = 0;

beforeAll(async () => {
  google = await startGoogleServices();
});
afterAll(() => google.stop());
afterEach(() => google.gcsFaults());

const FOLDER = 'runs/flights/R/attempts/1/changes';
const contentOf = (index: number): Buffer => Buffer.alloc(600_000 + index, `part ${index} `);

/** An attempt whose change set has some parts, and Cloud Storage to copy them to. */
async function attempt(count: number) {
  made += 1;
  const [bucket] = await google.storage.createBucket(`b${made}`);
  const objects = new MemoryObjectStore();
  const parts = Array.from({ length: count }, (_, index) => {
    objects.put('destination', `${FOLDER}/${index}.parquet`, contentOf(index));
    return { path: `s3://destination/${FOLDER}/${index}.parquet`, rows: 1, bytes: 600_000 + index };
  });
  const manifest = manifestOf('R', 'u', { changes: { parts } });
  objects.put('destination', manifestKey('flights', 'R', 1), JSON.stringify(manifest));
  const world = {
    objects,
    parts: new GcsPartStore(bucket) as PartStore,
    backOff: async () => {},
    destinationBucket: 'destination',
  };
  const input = { dataset: 'flights', runId: 'R', attempt: 1, firstPart: 0, lastPart: count - 1 };
  return {
    bucket,
    objects,
    world,
    copy: (range: { firstPart?: number; lastPart?: number } = {}) => copyParts({ ...input, ...range }, world),
    copied: async (index: number) => (await bucket.file(`${FOLDER}/${index}.parquet`).download())[0],
    names: async () => (await bucket.getFiles())[0].map(({ name }) => name),
  };
}

const part = (index: number) => ({
  source: { bucket: 'destination', key: `${FOLDER}/${index}.parquet` },
  sizeBytes: 600_000 + index,
  sessionAt: { bucket: 'destination', key: `session-${index}` },
});

test('parts of a range are copied under their keys, and skipped when they are there', async () => {
  const { copy, copied, names } = await attempt(6);
  expect(await copy({ firstPart: 1, lastPart: 4 })).toEqual({ copied: 4, skipped: 0, bytes: 2_400_010 });
  expect(await names()).toEqual([1, 2, 3, 4].map((index) => `${FOLDER}/${index}.parquet`));
  for (const index of [1, 4]) expect((await copied(index)).equals(contentOf(index))).toBe(true);
  expect(await copy()).toEqual({ copied: 2, skipped: 4, bytes: 3_600_015 });
});

test('a copy with other bytes is replaced', async () => {
  const { copy, copied, bucket } = await attempt(1);
  await bucket.file(`${FOLDER}/0.parquet`).save(Buffer.alloc(600_000, 'x'));
  expect(await copy()).toMatchObject({ copied: 1 });
  expect((await copied(0)).equals(contentOf(0))).toBe(true);
});

test('bytes that changed on the way are a CopyMismatch, and no copy stays', async () => {
  const { copy, names, copied } = await attempt(1);
  await google.gcsFaults({ match: 'PUT .*upload_id', kind: 'corrupt' });
  await expect(copy()).rejects.toMatchObject({
    name: 'CopyMismatch',
    message: expect.stringContaining(`s3://destination/${FOLDER}/0.parquet left S3 with CRC32C`),
  });
  expect(await names()).toEqual([]);
  await copy();
  expect((await copied(0)).equals(contentOf(0))).toBe(true);
});

test.each<[string, Fault]>([
  ['an upload that is cut off', { match: 'PUT .*upload_id', kind: 'cut', bytes: 100_000 }],
  ['an answer that is lost', { match: 'PUT .*upload_id', kind: 'drop-after' }],
  ['a beginning that is lost', { match: 'POST .*resumable', kind: 'drop-after' }],
])(
  '%s is ServiceUnavailable or passes, and the next copier ends with a whole copy',
  async (_name, fault) => {
    const { copy, copied } = await attempt(1);
    await google.gcsFaults(fault);
    await copy().catch((error) => expect(error).toMatchObject({ name: 'ServiceUnavailable' }));
    await google.gcsFaults();
    await copy();
    expect((await copied(0)).equals(contentOf(0))).toBe(true);
  },
  90_000,
);

test('what S3 breaks off is ServiceUnavailable', async () => {
  const { world } = await attempt(1);
  await expect(copyPart(part(0), breakingOff(world, 1000))).rejects.toMatchObject({
    name: 'ServiceUnavailable',
    message: expect.stringContaining('Amazon S3 broke off the read: aborted'),
  });
});

test('of a large part, what has arrived is kept when its copier dies, and the next one goes on', async () => {
  const { world, copied } = await attempt(1);
  const sent: number[] = [];
  const counting = {
    ...world,
    parts: watched(world.parts, ({ isNew }) => sent.push(isNew ? 0 : 1)),
  };
  const arrived = async () => {
    const session = await world.objects.read({ bucket: 'destination', key: 'session-0' });
    const { id } = JSON.parse(String(session));
    const status = await fetch(id, { method: 'PUT', headers: { 'content-range': 'bytes */*' } });
    return [status.status, status.headers.get('range')];
  };
  const someArrived = async () => {
    while ((await arrived())[1] === null) await pause(5);
  };
  const dying = copyPart(part(0), breakingOff(counting, 400_000, someArrived), 1);
  await expect(dying).rejects.toMatchObject({ name: 'ServiceUnavailable' });
  expect(await arrived()).toEqual([308, expect.stringMatching(/^bytes=0-\d+$/)]);
  expect(await copyPart(part(0), counting, 1)).toBe(true);
  expect((await copied(0)).equals(contentOf(0))).toBe(true);
  // The first copier began the session; it, and after it the second, went on with it.
  expect(sent.filter((goesOn) => !goesOn)).toHaveLength(1);
});

test('a session that has expired is begun anew', async () => {
  const { world, copied } = await attempt(1);
  const id = `${google.gcsEndpoint}/upload/storage/v1/b/x/o?uploadType=resumable&upload_id=old`;
  world.objects.put('destination', 'session-0', JSON.stringify({ id }));
  expect(await copyPart(part(0), world, 1)).toBe(true);
  expect((await copied(0)).equals(contentOf(0))).toBe(true);
});

test('a large part that arrived damaged is sent anew: the session that brought it is over', async () => {
  const { world, names, copied } = await attempt(1);
  await google.gcsFaults({ match: 'PUT .*upload_id', kind: 'corrupt' });
  await expect(copyPart(part(0), world, 1)).rejects.toMatchObject({ name: 'CopyMismatch' });
  expect(await names()).toEqual([]);
  expect(await copyPart(part(0), world, 1)).toBe(true);
  expect((await copied(0)).equals(contentOf(0))).toBe(true);
});

test('a large part that was removed since it arrived is sent anew', async () => {
  const { world, bucket, copied } = await attempt(1);
  expect(await copyPart(part(0), world, 1)).toBe(true);
  await bucket.file(`${FOLDER}/0.parquet`).delete();
  expect(await copyPart(part(0), world, 1)).toBe(true);
  expect((await copied(0)).equals(contentOf(0))).toBe(true);
});

test('copiers of the same part at once leave one whole copy', async () => {
  const { copy, copied } = await attempt(3);
  const done = await Promise.all([copy(), copy(), copy()]);
  expect(done.reduce((sum, { copied: n, skipped }) => sum + n + skipped, 0)).toBe(9);
  expect((await copied(2)).equals(contentOf(2))).toBe(true);
});

test('a part that is gone from S3, or no longer of its size, is told', async () => {
  const { copy, objects } = await attempt(1);
  objects.put('destination', `${FOLDER}/0.parquet`, 'short');
  await expect(copy()).rejects.toMatchObject({
    name: 'OutputMismatch',
    message: expect.stringContaining('expected 600000'),
  });
  objects.remove('destination', `${FOLDER}/0.parquet`);
  await expect(copy()).rejects.toMatchObject({ name: 'OutputMismatch' });
});

/** A world whose S3 gives so many bytes of an object, and, once something came true, no more. */
function breakingOff<World extends { objects: MemoryObjectStore }>(
  world: World,
  bytes: number,
  cameTrue = async () => {},
): World {
  const { objects } = world;
  const broken = new MemoryObjectStore();
  broken.read = (ref, range) => objects.read(ref, range);
  broken.write = (ref, body) => objects.write(ref, body);
  broken.open = async () =>
    Readable.from(
      (async function* () {
        yield contentOf(0).subarray(0, bytes);
        await cameTrue();
        throw new Error('aborted');
      })(),
    );
  return { ...world, objects: broken };
}

/** The part store, telling of each session that it is sent to. */
function watched(parts: PartStore, see: (session: { isNew: boolean }) => void): PartStore {
  return {
    head: (name) => parts.head(name),
    begin: (name) => parts.begin(name),
    delete: (name) => parts.delete(name),
    uri: (name) => parts.uri(name),
    send(name, session, content, sizeBytes) {
      see(session);
      return parts.send(name, session, content, sizeBytes);
    },
  };
}

test('a bucket that is not there is named', async () => {
  const parts = new GcsPartStore(google.storage.bucket('gone'));
  await expect(parts.begin('p.parquet')).rejects.toMatchObject({
    name: 'LoadFailed',
    message:
      'Cloud Storage, asked for gs://gone/p.parquet, answered 404 notFound: The specified bucket does not exist.',
  });
});
