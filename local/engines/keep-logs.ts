import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { RunningProgram } from './spark/program.ts';

const compress = promisify(gzip);

/** Copies a program's output to `<folder>stdout.gz` and `<folder>stderr.gz` in S3. Never rejects. */
export async function keepLogs(
  s3: S3Client,
  program: Pick<RunningProgram, 'stdoutFile' | 'stderrFile'>,
  folder: string,
): Promise<void> {
  const { host: Bucket, pathname } = new URL(folder);
  for (const [name, file] of [
    ['stdout.gz', program.stdoutFile],
    ['stderr.gz', program.stderrFile],
  ] as const) {
    try {
      const Body = await compress(await readFile(file));
      await s3.send(new PutObjectCommand({ Bucket, Key: `${pathname.slice(1)}${name}`, Body }));
    } catch (error) {
      console.error(`The log ${file} was not copied to ${folder}: ${String(error)}`);
    }
  }
}
