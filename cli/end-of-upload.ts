import { setTimeout as pause } from 'node:timers/promises';
import { readRecord } from '../tasks/core/read-record.ts';
import { type UploadRecord, uploadKey, uploadRecordSchema } from '../tasks/core/records.ts';
import type { Deployment } from './deployment.ts';

const POLL_MS = 2000;

/**
 * Waits until nothing more becomes of an upload by itself, and tells what became of it.
 * @param isReached whether the record is that of what is waited for, and no earlier one.
 */
export async function endOfUpload(
  dataset: string,
  uploadId: string,
  { table }: Pick<Deployment, 'table'>,
  isReached: (record: UploadRecord) => boolean = () => true,
): Promise<{ isLoaded: boolean; told: string }> {
  for (;;) {
    const record = await readRecord(table, uploadKey(dataset, uploadId), uploadRecordSchema);
    if (record && isReached(record.value)) {
      const { status, runId, reason } = record.value;
      if (status !== 'WAITING' && status !== 'RUNNING') {
        const told = `${status}${runId ? ` by run ${runId}` : ''}${reason ? `: ${reason}` : ''}`;
        return { isLoaded: status === 'LOADED', told };
      }
    }
    await pause(POLL_MS);
  }
}
