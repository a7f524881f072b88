import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { S3ObjectStore } from '../../../tasks/adapters/s3-object-store.ts';
import { s3ObjectStore } from '../../../tasks/adapters/world.ts';
import type { ObjectStore } from '../../../tasks/core/ports.ts';
import { MemoryObjectStore } from '../../fakes/memory-object-store.ts';
import { emulated, startMoto } from '../../fakes/moto.ts';

const suites: [string, () => Promise<{ store: ObjectStore; stop(): Promise<void> }>][] = [
  ['in memory', async () => ({ store: new MemoryObjectStore(), stop: async () => {} })],
  ['in S3', startS3],
];

const KEYS = ['a/plain.csv', 'a/ü b+c%41.csv', 'a/{x}*?[y]:z.csv', 'a/\'quoted".csv'];
const utf8 = (bytes: Uint8Array | null): string | null => bytes && Buffer.from(bytes).toString('utf8');

describe.each(suites)('the object store %s', (_name, start) => {
  let store: ObjectStore;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    ({ store, stop } = await start());
  }, 90_000);
  afterAll(() => stop());

  test.each(KEYS)('keeps every version of %s apart, also when it is copied', async (key) => {
    const at = { bucket: 'one', key };
    await store.write(at, 'first', 'text/csv');
    const first = (await store.head(at))?.versionId;
    await store.write(at, 'second!', 'text/csv');
    expect(first).toBeTruthy();
    const version = { ...at, versionId: first ?? '' };
    expect(utf8(await store.read(at))).toBe('second!');
    expect(utf8(await store.read(version))).toBe('first');
    expect(await store.head(version)).toMatchObject({ sizeBytes: 5, versionId: first });
    await store.copy(version, { bucket: 'two', key });
    expect(utf8(await store.read({ bucket: 'two', key }))).toBe('first');
  });

  test('reads ranges, both ends included, and streams', async () => {
    const at = { bucket: 'one', key: 'range' };
    await store.write(at, '0123456789', 'text/plain');
    expect(utf8(await store.read(at, { start: 2, end: 4 }))).toBe('234');
    expect(utf8(await store.read(at, { start: 8, end: 99 }))).toBe('89');
    const stream = await store.open(at, { start: 1, end: 2 });
    expect(stream && (await text(stream))).toBe('12');
  });

  test('says what is not there', async () => {
    const none = { bucket: 'one', key: 'none' };
    expect(await store.head(none)).toBeNull();
    expect(await store.read(none)).toBeNull();
    expect(await store.open(none)).toBeNull();
    await expect(store.copy(none, { bucket: 'two', key: 'none' })).rejects.toThrow('no such object');
  });

  test('lists the keys under a prefix with their sizes', async () => {
    for (const key of ['list/b', 'list/a', 'other'])
      await store.write({ bucket: 'two', key }, 'x', 'text/plain');
    expect(await store.list('two', 'list/')).toEqual([
      { key: 'list/a', sizeBytes: 1 },
      { key: 'list/b', sizeBytes: 1 },
    ]);
  });
});

test("the function's store has no checksum computed of what it streams", async () => {
  const asked: IncomingHttpHeaders[] = [];
  const server = createServer(({ headers }, outgoing) => {
    asked.push(headers);
    outgoing.end('content');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const before = { ...process.env };
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_REGION: 'us-east-1',
  });
  try {
    const stream = await s3ObjectStore().open({ bucket: 'one', key: 'part' });
    expect(stream && (await text(stream))).toBe('content');
    expect(asked).toHaveLength(1);
    expect(asked[0]).not.toHaveProperty('x-amz-checksum-mode');
  } finally {
    process.env = before;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

const MEBIBYTE = 1024 * 1024;
const from = { bucket: 'one', key: 'big' };
const to = { bucket: 'two', key: 'runs/big' };

describe('a copy in parts', () => {
  test('that was cut short goes on from the parts that are there', async () => {
    const moto = await startMoto();
    const s3 = new S3Client({ ...emulated(moto.endpoint), forcePathStyle: true });
    const copied: number[] = [];
    const copies: Promise<unknown>[] = [];
    let left = 2;
    s3.middlewareStack.add(
      (next) => async (args) => {
        const { PartNumber, CopySource } = args.input as { PartNumber?: number; CopySource?: string };
        if (CopySource && PartNumber) {
          if (left === 0) {
            await Promise.all(copies);
            throw new Error('cut short');
          }
          left -= 1;
          copied.push(PartNumber);
          const copy = next(args);
          copies.push(copy);
          return copy;
        }
        return next(args);
      },
      { step: 'initialize' },
    );
    try {
      for (const Bucket of ['one', 'two']) await s3.send(new CreateBucketCommand({ Bucket }));
      const content = Buffer.from(Uint8Array.from({ length: 18 * MEBIBYTE }, (_, index) => index % 251));
      const store = new S3ObjectStore(s3, { singleLimitBytes: MEBIBYTE, partBytes: 5 * MEBIBYTE });
      await store.write(from, content, 'text/csv');
      await expect(store.copy(from, to)).rejects.toThrow('cut short');
      expect(await store.head(to)).toBeNull();
      left = Number.POSITIVE_INFINITY;
      await store.copy(from, to);
      expect(copied.toSorted()).toEqual([1, 2, 3, 4]);
      expect(Buffer.from((await store.read(to)) ?? []).equals(content)).toBe(true);
    } finally {
      s3.destroy();
      await moto.stop();
    }
  }, 90_000);
});

describe('copies in parts', () => {
  /** Every part of a copy of so many bytes, from its first byte to its last. */
  async function partsOf(sizeBytes: number): Promise<[number, number][]> {
    const parts: [number, number][] = [];
    const answers: Record<string, (input: { CopySourceRange?: string }) => object> = {
      HeadObjectCommand: () => ({ ContentLength: sizeBytes }),
      ListMultipartUploadsCommand: () => ({}),
      CreateMultipartUploadCommand: () => ({ UploadId: 'one' }),
      ListPartsCommand: () => ({ IsTruncated: false }),
      CompleteMultipartUploadCommand: () => ({}),
      UploadPartCopyCommand: ({ CopySourceRange = '' }) => {
        const [, start, end] = /bytes=(\d+)-(\d+)/.exec(CopySourceRange) ?? [];
        parts.push([Number(start), Number(end)]);
        return { CopyPartResult: { ETag: 'etag' } };
      },
    };
    const send = async (command: { constructor: { name: string }; input: object }) =>
      answers[command.constructor.name]?.(command.input);
    await new S3ObjectStore({ send } as unknown as S3Client).copy(from, to);
    return parts.toSorted(([a], [b]) => a - b);
  }

  it.each([1e9, 5e12, 50e12])('hold all of %d bytes, in no more parts than S3 takes', async (sizeBytes) => {
    const parts = await partsOf(sizeBytes);
    expect(parts.length).toBeLessThanOrEqual(10_000);
    let next = 0;
    for (const [start, end] of parts) {
      expect(start).toBe(next);
      next = end + 1;
    }
    expect(next).toBe(sizeBytes);
  });

  it('answer in time: none of an object of a gigabyte is larger than 128 MiB', async () => {
    const sizes = (await partsOf(1e9)).map(([start, end]) => end - start + 1);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(128 * MEBIBYTE);
  });
});

async function startS3() {
  const moto = await startMoto();
  const s3 = new S3Client({ ...emulated(moto.endpoint), forcePathStyle: true });
  for (const Bucket of ['one', 'two']) {
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  }
  const stop = async (): Promise<void> => {
    s3.destroy();
    await moto.stop();
  };
  return { store: new S3ObjectStore(s3), stop };
}
