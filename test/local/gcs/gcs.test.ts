import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Bucket } from '@google-cloud/storage';
import { Crc32c } from '../../../tasks/core/crc32c.ts';
import { type GoogleServices, startGoogleServices } from '../../fakes/google-services.ts';

let google: GoogleServices;
let bucket: Bucket;
let made = 0;

beforeAll(async () => {
  google = await startGoogleServices();
  [bucket] = await google.storage.createBucket('b');
});

afterAll(() => google.stop());
afterEach(() => google.gcsFaults());

const CONTENT = Buffer.from('0123456789'.repeat(100_000));
/** Of CONTENT; written by the project's own code, read by another. */
const CRC32C = new Crc32c().update(CONTENT).base64;

const newFile = () => {
  made += 1;
  return bucket.file(`runs/flights/a b+ü/${made}.parquet`);
};
const NOT_THERE = { ifGenerationMatch: 0 };

test.each([true, false])(
  'what is written is read, with its size and checksum (resumable: %s)',
  async (resumable) => {
    const file = newFile();
    await file.save(CONTENT, {
      resumable,
      validation: 'crc32c',
      contentType: 'application/vnd.apache.parquet',
    });
    const [metadata] = await file.getMetadata();
    expect(metadata).toMatchObject({
      size: String(CONTENT.length),
      crc32c: CRC32C,
      contentType: 'application/vnd.apache.parquet',
    });
    expect((await file.download())[0].equals(CONTENT)).toBe(true);
    const range = await file.download({ start: 5, end: 14, validation: false });
    expect(String(range[0])).toBe('5678901234');
  },
);

test.each([true, false])('ifGenerationMatch 0 creates once (resumable: %s)', async (resumable) => {
  const file = newFile();
  await file.save('first', { resumable, preconditionOpts: NOT_THERE });
  await expect(file.save('second', { resumable, preconditionOpts: NOT_THERE })).rejects.toMatchObject({
    code: 412,
  });
  expect(String((await file.download())[0])).toBe('first');
});

test('of two uploads that both began while nothing was there, one wins', async () => {
  const file = newFile();
  const [one] = await file.createResumableUpload({ preconditionOpts: NOT_THERE });
  const [two] = await file.createResumableUpload({ preconditionOpts: NOT_THERE });
  await pipeline(Readable.from(['one']), file.createWriteStream({ uri: one, preconditionOpts: NOT_THERE }));
  await expect(
    pipeline(Readable.from(['two']), file.createWriteStream({ uri: two, preconditionOpts: NOT_THERE })),
  ).rejects.toMatchObject({ code: 412 });
  expect(String((await file.download())[0])).toBe('one');
});

test('a checksum that is not that of the bytes is refused, and nothing is left', async () => {
  const file = newFile();
  const upload = file.save('bytes', { resumable: false, metadata: { crc32c: 'AAAAAA==' } });
  await expect(upload).rejects.toThrow('match calculated CRC32C');
  expect(await file.exists()).toEqual([false]);
});

test('an upload that was cut off is gone on with from where it was', async () => {
  const file = newFile();
  await google.gcsFaults({ match: 'PUT .*upload_id', kind: 'cut', bytes: 300_000 });
  const [uri] = await file.createResumableUpload({ preconditionOpts: NOT_THERE });
  const send = () =>
    pipeline(
      Readable.from([CONTENT.subarray(0, 400_000), CONTENT.subarray(400_000)]),
      file.createWriteStream({ uri, validation: false, preconditionOpts: NOT_THERE }),
    );
  await expect(send()).rejects.toThrow();
  expect(await file.exists()).toEqual([false]);
  const status = await fetch(uri, { method: 'PUT', headers: { 'content-range': 'bytes */*' } });
  expect([status.status, status.headers.get('range')]).toEqual([308, 'bytes=0-299999']);
  await send();
  expect((await file.download())[0].equals(CONTENT)).toBe(true);
});

test('a session that there is not is 410', async () => {
  const file = newFile();
  const uri = `${google.gcsEndpoint}/upload/storage/v1/b/b/o?uploadType=resumable&upload_id=never`;
  await expect(
    pipeline(Readable.from(['x']), file.createWriteStream({ uri, preconditionOpts: NOT_THERE })),
  ).rejects.toMatchObject({ status: 410 });
});

test('a 503 is tried again, and an answer that was dropped leaves its effect', async () => {
  const file = newFile();
  await google.gcsFaults({ match: 'GET .*/o/', kind: '503' });
  await file.save('x', { resumable: false, preconditionOpts: NOT_THERE });
  expect(await file.exists()).toEqual([true]);
  await google.gcsFaults({ match: 'DELETE', kind: 'drop-after', times: 1 });
  await file.delete({ ignoreNotFound: true });
  expect(await file.exists()).toEqual([false]);
});

test('objects are listed by prefix, page by page, and deleted', async () => {
  for (const name of ['p/1', 'p/2', 'p/3', 'q/1']) await bucket.file(name).save('x', { resumable: false });
  const page = { prefix: 'p/', maxResults: 2, autoPaginate: false };
  const [first, next] = await bucket.getFiles(page);
  const [second] = await bucket.getFiles(next as object);
  expect([first, second].map((files) => files.map(({ name }) => name))).toEqual([['p/1', 'p/2'], ['p/3']]);
  await bucket.file('p/1').delete();
  await expect(bucket.file('p/1').delete()).rejects.toMatchObject({ code: 404 });
});

test('buckets are made once, and a name that leaves its bucket is refused', async () => {
  await expect(google.storage.createBucket('b')).rejects.toMatchObject({ code: 409 });
  await expect(google.storage.bucket('x').file('f').save('x', { resumable: false })).rejects.toMatchObject({
    code: 404,
  });
  await expect(bucket.file('../../etc/passwd').save('x', { resumable: false })).rejects.toMatchObject({
    code: 400,
  });
});
