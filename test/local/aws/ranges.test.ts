import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { emulated, startMoto } from '../../fakes/moto.ts';

/** More than the emulator keeps in memory of one object. */
const SIZE = 17 * 1024 * 1024 + 3;

let moto: Awaited<ReturnType<typeof startMoto>>;
let s3: S3Client;
const object = { Bucket: 'source', Key: 'large.csv' };
const content = Buffer.alloc(SIZE, 'id,note\n1,one\n22,two\n333,three\n');

beforeAll(async () => {
  moto = await startMoto();
  s3 = new S3Client({ ...emulated(moto.endpoint), forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: object.Bucket }));
  await s3.send(new PutObjectCommand({ ...object, Body: content }));
});

afterAll(() => moto.stop());

test.each([
  ['its begin', 'bytes=0-65535', 0, 65_536],
  ['its midst', 'bytes=9000001-9000099', 9_000_001, 9_000_100],
  ['all from a byte on', 'bytes=17000000-', 17_000_000, SIZE],
  ['its end', 'bytes=-10', SIZE - 10, SIZE],
  ['more than there is', `bytes=${SIZE - 5}-${SIZE + 5}`, SIZE - 5, SIZE],
  ['all of it', 'bytes=0-', 0, SIZE],
])('of a large object, %s is read by its range', async (_, Range, start, end) => {
  const answer = await s3.send(new GetObjectCommand({ ...object, Range }));
  const read = Buffer.from((await answer.Body?.transformToByteArray()) ?? []);
  expect(read.equals(content.subarray(start, end))).toBe(true);
  expect(answer.ContentRange).toBe(`bytes ${start}-${end - 1}/${SIZE}`);
});

test('a large object is read whole without a range, and where the range is none', async () => {
  for (const range of [{}, { Range: 'bytes=x-y' }]) {
    const answer = await s3.send(new GetObjectCommand({ ...object, ...range }));
    const read = Buffer.from((await answer.Body?.transformToByteArray()) ?? []);
    expect(read.equals(content)).toBe(true);
    expect(answer.ContentRange).toBeUndefined();
  }
});

test('a range behind the end of a large object is refused', async () => {
  const read = s3.send(new GetObjectCommand({ ...object, Range: `bytes=${SIZE}-` }));
  await expect(read).rejects.toMatchObject({ name: 'InvalidRange' });
});

test('a part is copied by its range', async () => {
  const copy = { Bucket: object.Bucket, Key: 'copy.csv' };
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(copy));
  const part = { ...copy, UploadId, PartNumber: 1, CopySource: `${object.Bucket}/${object.Key}` };
  const own = await s3.send(new UploadPartCopyCommand({ ...part, CopySourceRange: 'bytes=7-6000006' }));
  const etag = await s3.send(
    new PutObjectCommand({ ...copy, Key: 'part.csv', Body: content.subarray(7, 6_000_007) }),
  );
  expect(own.CopyPartResult?.ETag).toBe(etag.ETag);
});

test('of what a reader does not take, no more is held than is on its way', async () => {
  const size = 64 * 1024 * 1024;
  await s3.send(new PutObjectCommand({ ...object, Body: Buffer.alloc(size, 'id,note\n') }));
  const before = residentBytes();
  const readers = await Promise.all(
    Array.from({ length: 8 }, () => s3.send(new GetObjectCommand({ ...object, Range: 'bytes=8-' }))),
  );
  const held = residentBytes() - before;
  expect(before).toBeGreaterThan(0);
  for (const { Body } of readers) (Body as Readable).destroy();
  expect(held).toBeLessThan((readers.length * size) / 2);
});

/** Linux has it without any command; macOS has `ps`. */
const residentBytes = (): number => {
  const printed =
    process.platform === 'linux'
      ? /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${moto.pid}/status`, 'utf8'))?.[1]
      : execFileSync('ps', ['-o', 'rss=', '-p', String(moto.pid)], { encoding: 'utf8' });
  return Number(printed) * 1024;
};
