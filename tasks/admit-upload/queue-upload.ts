import type { Upload } from '../core/batch.ts';
import type { Change } from '../core/ports.ts';
import type { Versioned } from '../core/read-record.ts';
import { type UploadRecord, uploadKey, waitingKey } from '../core/records.ts';

/** What the state table holds of an upload. */
export interface UploadSituation {
  record: Versioned<UploadRecord> | null;
  /** The version of its marker, while it waits. */
  markerVersion: number | null;
}

/**
 * Puts an upload among those that wait: one that is seen for the first time, or that a replay asks for again. Asked for
 * again by the same execution, or by an event that comes twice, it changes nothing.
 * @param replayedBy the execution by which a person asks for it; null: an event.
 */
export function queueUpload(
  dataset: string,
  upload: Upload,
  replayedBy: string | null,
  { record, markerVersion }: UploadSituation,
): { record: UploadRecord; changes: Change[] } {
  if (record && (replayedBy === null || record.value.replayedBy === replayedBy))
    return { record: record.value, changes: [] };
  const queued = record ? askedAgain(record.value, replayedBy) : firstSeen(upload, replayedBy);
  const { uploadId, orderStamp, sizeBytes } = queued.upload;
  const changes: Change[] = [
    { key: uploadKey(dataset, uploadId), item: queued, expectedVersion: record?.version ?? null },
  ];
  if (queued.status === 'WAITING') {
    changes.push({
      key: waitingKey(dataset, orderStamp, uploadId),
      item: { uploadId, sizeBytes, wanted: queued.wanted },
      expectedVersion: markerVersion,
    });
  }
  return { record: queued, changes };
}

const firstSeen = (upload: Upload, replayedBy: string | null): UploadRecord => ({
  upload,
  status: 'WAITING',
  wanted: 1,
  taken: 0,
  replayedBy,
  runId: null,
  reason: null,
});

/** A running upload goes on: whoever leaves the gate sees that more is wanted than was taken. */
const askedAgain = (record: UploadRecord, replayedBy: string | null): UploadRecord => ({
  ...record,
  status: record.status === 'RUNNING' ? 'RUNNING' : 'WAITING',
  wanted: record.wanted + 1,
  replayedBy,
});
