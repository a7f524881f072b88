import { createReadStream } from 'node:fs';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { CommandFailure } from './command-failure.ts';
import type { Deployment } from './deployment.ts';
import { failureTold } from './failure-told.ts';
import { sizeOfFile } from './size-of-file.ts';

/** One PutObject takes 5 GiB. */
const MAX_BYTES = 5 * 1024 ** 3;

/** The size of a file that can be put. @throws CommandFailure */
export async function sizeToPut(file: string): Promise<number> {
  const size = await sizeOfFile(file);
  if (size > MAX_BYTES)
    throw new CommandFailure(
      `${file} has ${size} bytes: upload it by \`aws s3 cp\`, which sends it in parts.`,
    );
  return size;
}

/** Puts a file into the source bucket, says so, and gives its version. @throws CommandFailure */
export async function putFile(
  file: string,
  key: string,
  { s3, sourceBucket }: Pick<Deployment, 's3' | 'sourceBucket'>,
): Promise<string> {
  const put = new PutObjectCommand({
    Bucket: sourceBucket,
    Key: key,
    ContentLength: await sizeToPut(file),
    Body: createReadStream(file),
  });
  const { VersionId } = await s3.send(put).catch((error) => {
    const told = failureTold(error);
    throw told
      ? new CommandFailure(`${file} could not be put at s3://${sourceBucket}/${key}: ${told}`)
      : error;
  });
  if (!VersionId)
    throw new CommandFailure(`The bucket ${sourceBucket} keeps no versions; turn versioning on.`);
  process.stdout.write(`s3://${sourceBucket}/${key} version ${VersionId}\n`);
  return VersionId;
}
