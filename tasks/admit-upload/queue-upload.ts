import type { Upload } from '../core/batch.ts';
import type { Change } from '../core/ports.ts';
import { type Mend, type UploadRecord, uploadKey, waitingKey } from '../core/records.ts';
import type { Versioned } from '../core/state-table/read-record.ts';

/** What the state table holds of an upload. */
export interface UploadSituation {
  record: Versioned<UploadRecord> | null;
  /** The version of its marker, while it waits. */
  markerVersion: number | null;
}

/** What an upload is asked for by. */
export interface Asked {
  /** The execution by which a person asks for it; null: an event. */
  replayedBy: string | null;
  /** The file of mended rows that it is asked for with; null: none. */
  mend: Pick<Mend, 'key' | 'versionId'> | null;
}

/**
 * Puts an upload among those that wait: one that is seen for the first time, or that a replay or a file of mended rows
 * asks for again. Asked for again by the same execution, or by an event that comes twice, it changes nothing.
 */
export function queueUpload(
  dataset: string,
  upload: Upload,
  asked: Asked,
  { record, markerVersion }: UploadSituation,
): { record: UploadRecord; changes: Change[] } {
  if (record && !asksAgain(record.value, asked)) return { record: record.value, changes: [] };
  const queued = record ? askedAgain(record.value, asked) : firstSeen(upload, asked);
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

function asksAgain(record: UploadRecord, { replayedBy, mend }: Asked): boolean {
  if (replayedBy !== null) return record.replayedBy !== replayedBy;
  return mend !== null && !isKnown(record, mend);
}

const isKnown = ({ mends = [] }: UploadRecord, { key, versionId }: NonNullable<Asked['mend']>): boolean =>
  mends.some((known) => known.key === key && known.versionId === versionId);

const firstSeen = (upload: Upload, { replayedBy }: Asked): UploadRecord => ({
  upload,
  status: 'WAITING',
  wanted: 1,
  taken: 0,
  replayedBy,
  runId: null,
  reason: null,
});

/** A running upload goes on: whoever leaves the gate sees that more is wanted than was taken. */
function askedAgain(record: UploadRecord, { replayedBy, mend }: Asked): UploadRecord {
  const wanted = record.wanted + 1;
  const isNew = mend !== null && !isKnown(record, mend);
  return {
    ...record,
    status: record.status === 'RUNNING' ? 'RUNNING' : 'WAITING',
    wanted,
    replayedBy: replayedBy ?? record.replayedBy,
    ...(isNew && { mends: [...(record.mends ?? []), { ...mend, generation: wanted }] }),
  };
}
