import { createReadStream } from 'node:fs';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { CommandFailure } from './command-failure.ts';
import type { Deployment } from './deployment.ts';
import { sizeOfFile } from './size-of-file.ts';

/** One PutObject takes 5 GiB. */
const MAX_BYTES = 5 * 1024 ** 3;

/** Puts a file into the source bucket, says so, and gives its version. @throws CommandFailure */
export async function putFile(
  file: string,
  key: string,
  { s3, sourceBucket }: Pick<Deployment, 's3' | 'sourceBucket'>,
): Promise<string> {
  const size = await sizeOfFile(file);
  if (size === 0) throw new CommandFailure(`${file} is empty: Tidegate ignores empty files.`);
  if (size > MAX_BYTES)
    throw new CommandFailure(
      `${file} has ${size} bytes: upload it by \`aws s3 cp\`, which sends it in parts.`,
    );
  const { VersionId } = await s3.send(
    new PutObjectCommand({
      Bucket: sourceBucket,
      Key: key,
      Body: createReadStream(file),
      ContentLength: size,
    }),
  );
  if (!VersionId)
    throw new CommandFailure(`The bucket ${sourceBucket} keeps no versions; turn versioning on.`);
  process.stdout.write(`s3://${sourceBucket}/${key} version ${VersionId}\n`);
  return VersionId;
}
