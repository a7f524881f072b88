import { createReadStream } from 'node:fs';
import { Upload } from '@aws-sdk/lib-storage';
import { CommandFailure } from './command-failure.ts';
import type { Deployment } from './deployment.ts';
import { failureTold } from './failure-told.ts';
import { sizeOfFile } from './size-of-file.ts';

/** A part is sent again by itself where it failed; a file has 10,000 of them at most. */
const PART_BYTES = 16 * 1024 ** 2;
const MAX_PARTS = 10_000;

/** Puts a file into the source bucket, in parts where it is large, says so, and gives its version. @throws CommandFailure */
export async function putFile(
  file: string,
  key: string,
  { s3, sourceBucket }: Pick<Deployment, 's3' | 'sourceBucket'>,
): Promise<string> {
  const sizeBytes = await sizeOfFile(file);
  const upload = new Upload({
    client: s3,
    params: { Bucket: sourceBucket, Key: key, Body: createReadStream(file) },
    partSize: Math.max(PART_BYTES, Math.ceil(sizeBytes / MAX_PARTS)),
  });
  const isSeen = sizeBytes > PART_BYTES && process.stderr.isTTY;
  if (isSeen)
    upload.on('httpUploadProgress', ({ loaded = 0 }) => {
      process.stderr.write(`\r${file} ${Math.floor((100 * loaded) / sizeBytes)}%`);
    });
  const { VersionId } = await upload
    .done()
    .catch((error) => {
      const told = failureTold(error);
      throw told
        ? new CommandFailure(`${file} could not be uploaded to s3://${sourceBucket}/${key}: ${told}`)
        : error;
    })
    .finally(() => {
      if (isSeen) process.stderr.write('\r\u001b[K');
    });
  if (!VersionId)
    throw new CommandFailure(`The bucket ${sourceBucket} keeps no versions; turn versioning on.`);
  process.stdout.write(`s3://${sourceBucket}/${key} version ${VersionId}\n`);
  return VersionId;
}
