import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { readRecord } from '../../tasks/core/read-record.ts';
import { type UploadRecord, uploadKey, uploadRecordSchema } from '../../tasks/core/records.ts';
import { uploadIdOf } from '../../tasks/core/upload-id.ts';
import { CommandFailure } from '../command-failure.ts';
import { type Deployment, deployment } from '../deployment.ts';
import type { Command } from './commands.ts';

/** One PutObject takes 5 GiB. */
const MAX_BYTES = 5 * 1024 ** 3;
const POLL_MS = 2000;

export const upload: Command = {
  synopsis: 'DATASET FILE... [--wait]',
  summary: 'upload files of a dataset',
  help: `Puts each FILE into the source bucket under DATASET/ and its own name. With --wait: tells what becomes of each, and
exits with 1 if one is not LOADED.`,
  async run(args) {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { wait: { type: 'boolean', default: false } },
    });
    const [dataset, ...files] = positionals;
    if (!dataset || files.length === 0) throw new CommandFailure('expected DATASET and FILE, found fewer.');
    const target = deployment();
    const uploads: { file: string; uploadId: string }[] = [];
    for (const file of files) uploads.push({ file, uploadId: await put(file, dataset, target) });
    if (!values.wait) return 0;
    let exitCode = 0;
    for (const { file, uploadId } of uploads) {
      const { status, reason, runId } = await end(dataset, uploadId, target);
      process.stdout.write(
        `${file}: ${status}${runId ? ` by run ${runId}` : ''}${reason ? `: ${reason}` : ''}\n`,
      );
      if (status !== 'LOADED') exitCode = 1;
    }
    return exitCode;
  },
};

async function put(file: string, dataset: string, { s3, sourceBucket }: Deployment): Promise<string> {
  const { size } = await stat(file).catch((error: Error) => {
    throw new CommandFailure(`${file}: ${error.message}`);
  });
  if (size === 0) throw new CommandFailure(`${file} is empty: Tidegate ignores empty files.`);
  if (size > MAX_BYTES)
    throw new CommandFailure(
      `${file} has ${size} bytes: upload it by \`aws s3 cp\`, which sends it in parts.`,
    );
  const key = `${dataset}/${basename(file)}`;
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
  return uploadIdOf(sourceBucket, key, VersionId);
}

/** The upload's record once nothing more becomes of it by itself. */
async function end(dataset: string, uploadId: string, { table }: Deployment): Promise<UploadRecord> {
  for (;;) {
    const record = await readRecord(table, uploadKey(dataset, uploadId), uploadRecordSchema);
    if (record && record.value.status !== 'WAITING' && record.value.status !== 'RUNNING') return record.value;
    await pause(POLL_MS);
  }
}
