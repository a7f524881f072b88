import { setTimeout as timePasses } from 'node:timers/promises';
import { DescribeExecutionCommand, ExecutionDoesNotExist } from '@aws-sdk/client-sfn';
import type { RunFolders } from '../tasks/core/folders/run-folders.ts';
import { type RunRecord, uploadKey, uploadRecordSchema } from '../tasks/core/records.ts';
import { runIdOf } from '../tasks/core/run-id.ts';
import { findRun } from '../tasks/core/state-table/find-run.ts';
import { readRecord } from '../tasks/core/state-table/read-record.ts';
import type { Deployment } from './deployment.ts';
import { endOfUpload } from './end-of-upload.ts';

const POLL_SECONDS = 2;
const UNDER_WAY = new Set(['RUNNING', 'PENDING_REDRIVE']);

interface Followed {
  executionArn: string;
  /** When it was redriven; absent: it was started just now. */
  redriveDate?: Date | undefined;
  /** Whose ends are told; absent: those of its run. */
  uploads?: { dataset: string; uploadIds: string[]; mendedKey: string | null };
}

/** Waits for the end of an execution, tells what became of its uploads, and gives the exit code: 0 if all are LOADED. */
export async function endOfExecution(
  { executionArn, redriveDate, uploads }: Followed,
  target: Pick<Deployment, 'sfn' | 'table' | 'sourceBucket'> & RunFolders,
  pause = (seconds: number): Promise<unknown> => timePasses(seconds * 1000),
): Promise<number> {
  process.stderr.write('Waiting for the execution to end ...\n');
  const { status, error, output, startDate } = await ended(executionArn, redriveDate, target.sfn, pause);
  const { outcome, reason } = JSON.parse(output ?? '{}');
  if (outcome === 'Ignored') {
    process.stdout.write(`Ignored: ${reason}\n`);
    return 1;
  }
  let exitCode = 0;
  if (status !== 'SUCCEEDED') {
    process.stdout.write(`The execution is ${status}${error ? `: ${error}` : ''}.\n`);
    exitCode = 1;
  }
  const {
    dataset = '',
    uploadIds = [],
    mendedKey = null,
  } = uploads ?? (await uploadsOf(executionArn, startDate, target)) ?? {};
  for (const uploadId of uploadIds) {
    const record = await readRecord(target.table, uploadKey(dataset, uploadId), uploadRecordSchema);
    if (!record) continue;
    const { key, bucket, versionId } = record.value.upload;
    // Where it came behind a run that goes on, the upload waits for the next one.
    const sent = { dataset, uploadId, key: mendedKey ?? key, versionId, at: new Date() };
    const { isLoaded, told } = await endOfUpload(sent, target);
    process.stdout.write(`s3://${bucket}/${key}: ${told}\n`);
    if (!isLoaded) exitCode = 1;
  }
  return exitCode;
}

/** The uploads of the run that the execution is; null: it never came to be one. */
async function uploadsOf(
  executionArn: string,
  startDate: Date | undefined,
  { table }: Pick<Deployment, 'table'>,
) {
  const run = startDate && (await findRun(runIdOf(executionArn, startDate), table));
  return run ? { ...uploadIdsOf(run.value), mendedKey: null } : null;
}

export const uploadIdsOf = ({ dataset, uploads }: RunRecord) => ({
  dataset,
  uploadIds: uploads.map(({ uploadId }) => uploadId),
});

/** Step Functions may answer as it was a moment ago: before the start, or before the redrive. */
async function ended(
  executionArn: string,
  redriveDate: Date | undefined,
  sfn: Deployment['sfn'],
  pause: (seconds: number) => Promise<unknown>,
) {
  for (;;) {
    const found = await sfn.send(new DescribeExecutionCommand({ executionArn })).catch((error) => {
      if (error instanceof ExecutionDoesNotExist) return null;
      throw error;
    });
    const isNow = !redriveDate || (found?.redriveDate && found.redriveDate >= redriveDate);
    if (found && isNow && !UNDER_WAY.has(found.status ?? '')) return found;
    await pause(POLL_SECONDS);
  }
}
