import { chunks } from '../core/chunks.ts';
import { TidegateError } from '../core/errors.ts';
import type { BackOff, Change, StateTable } from '../core/ports.ts';
import {
  type RunRecord,
  runKey,
  runRecordSchema,
  UPLOADS_PER_WRITE,
  type UploadRecord,
  uploadKey,
  uploadRecordSchema,
  waitingKey,
} from '../core/records.ts';
import { readRecord, type Versioned } from '../core/state-table/read-record.ts';
import { retryConflicts } from '../core/state-table/retry-conflicts.ts';

/**
 * Marks the uploads of a run as RUNNING, so that they wait no more. The run's record says which they are, so that this
 * can be cut short anywhere and goes on when it is repeated. Each write raises the version of the run's record: once the
 * run was ended, by whomever, nothing is marked any more, and what is not marked still waits.
 */
export async function markUploads(
  admitted: RunRecord,
  { table, backOff }: { table: StateTable; backOff: BackOff },
): Promise<void> {
  const { dataset, runId, redriveCount, uploads } = admitted;
  for (const chunk of chunks(uploads, UPLOADS_PER_WRITE)) {
    await retryConflicts(`run ${runId} of "${dataset}"`, backOff, async () => {
      const run = await readRecord(table, runKey(dataset, runId), runRecordSchema);
      if (run?.value.status !== 'RUNNING' || run.value.redriveCount !== redriveCount)
        throw new TidegateError(
          'ServiceUnavailable',
          `Run ${runId} of "${dataset}" was ended while it was being admitted.`,
        );
      const records = await Promise.all(
        chunk.map(({ uploadId }) => readRecord(table, uploadKey(dataset, uploadId), uploadRecordSchema)),
      );
      const changes = await Promise.all(
        records.map((record, index) => marked(record, chunk[index]?.generation ?? 0, run.value, table)),
      );
      if (changes.flat().length === 0) return;
      await table.write([{ key: run.key, item: run.value, expectedVersion: run.version }, ...changes.flat()]);
    });
  }
}

async function marked(
  record: Versioned<UploadRecord> | null,
  generation: number,
  { dataset, runId }: RunRecord,
  table: StateTable,
): Promise<Change[]> {
  if (!record) return [];
  const { status, wanted, upload } = record.value;
  const item: UploadRecord = { ...record.value, status: 'RUNNING', runId, reason: null };
  if (status === 'FAILED' && record.value.runId === runId)
    return [{ key: record.key, item, expectedVersion: record.version }];
  // A replay that came since the batch was chosen goes on waiting: this run may have an older contract.
  if (status !== 'WAITING' || wanted !== generation) return [];
  const marker = await table.get(waitingKey(dataset, upload.orderStamp, upload.uploadId));
  return [
    { key: record.key, item: { ...item, taken: generation }, expectedVersion: record.version },
    ...(marker ? [{ key: marker.key, item: null, expectedVersion: marker.version }] : []),
  ];
}
