import { inputKey, mendedInputKey } from '../core/folders/folders.ts';
import type { RunFolders } from '../core/folders/run-folders.ts';
import type { Pin } from '../core/pin.ts';
import { type ObjectRef, type ObjectStore, ObjectUnreadable, type StateTable } from '../core/ports.ts';
import type { Mend, UploadRecord } from '../core/records.ts';
import { countingMends } from '../core/state-table/counting-mends.ts';
import { recordedRun, recordedUpload } from '../core/state-table/recorded.ts';
import { printable } from '../core/telling/printable.ts';

export interface PinInputWorld extends RunFolders {
  table: StateTable;
}

/** The state machine carries what came of a batch's 500 uploads in 256 KiB of JSON. */
const MAX_KEY_BYTES = 100;

/**
 * Copies the upload's version into the run's folder, and the files that mend rows of it. A copy that is there already is
 * left as it is. A file of mended rows that is gone or cannot be read is left out: the job misses it, and goes on.
 */
export async function pinInput(
  { dataset, runId, uploadId }: { dataset: string; runId: string; uploadId: string },
  { objects, table, destinationBucket }: PinInputWorld,
): Promise<Pin> {
  const { value: record } = await recordedUpload(dataset, uploadId, table);
  const { bucket, key, versionId, compression, sizeBytes } = record.upload;
  const copies = [
    {
      source: { bucket, key, versionId },
      pinned: inputKey(dataset, runId, uploadId, compression),
      expectedBytes: sizeBytes,
    },
    ...(await mendsOf(record, dataset, runId, table)).map((mend) => ({
      source: { bucket, key: mend.key, versionId: mend.versionId },
      pinned: mendedInputKey(dataset, runId, uploadId, mend),
      expectedBytes: null,
    })),
  ];
  for (const { source, pinned, expectedBytes } of copies) {
    const target = { bucket: destinationBucket, key: pinned };
    const existing = await objects.head(target);
    if (existing && (expectedBytes ?? existing.sizeBytes) === existing.sizeBytes) continue;
    const problem = await copy(source, target, objects);
    if (problem && expectedBytes !== null) return { uploadId, ...problem };
  }
  return { uploadId, outcome: 'PINNED' };
}

async function mendsOf(
  record: UploadRecord,
  dataset: string,
  runId: string,
  table: StateTable,
): Promise<Mend[]> {
  if (!record.mends) return [];
  const { value: run } = await recordedRun(dataset, runId, table);
  return countingMends(record, run);
}

/** Copies a version; what hinders it, or null. */
async function copy(
  source: Required<ObjectRef>,
  target: ObjectRef,
  objects: ObjectStore,
): Promise<{ outcome: 'GONE' | 'REJECTED'; reason: string } | null> {
  const name = `s3://${source.bucket}/${shortened(printable(source.key))} version ${source.versionId}`;
  try {
    const head = await objects.head(source);
    if (!head)
      return { outcome: 'GONE', reason: `${name} was deleted before it could be read. Upload it again.` };
    await objects.copy(source, target);
    return null;
  } catch (error) {
    if (!(error instanceof ObjectUnreadable)) throw error;
    const reason = `${name} ${error.message}. Make it readable (restore it, or upload it again), then replay it.`;
    return { outcome: 'REJECTED', reason };
  }
}

function shortened(key: string): string {
  let kept = key;
  while (Buffer.byteLength(JSON.stringify(kept)) > MAX_KEY_BYTES) kept = kept.slice(0, -1);
  return kept === key ? key : `${kept}...`;
}
