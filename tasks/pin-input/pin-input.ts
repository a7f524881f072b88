import { TidegateError } from '../core/errors.ts';
import { inputKey } from '../core/folders.ts';
import type { Pin } from '../core/pin.ts';
import { type ObjectStore, ObjectUnreadable, type StateTable } from '../core/ports.ts';
import { uploadKey, uploadRecordSchema } from '../core/records.ts';

export interface PinInputWorld {
  objects: ObjectStore;
  table: StateTable;
  destinationBucket: string;
}

/** The state machine carries what came of a batch's 500 uploads in 256 KiB of JSON. */
const MAX_KEY_BYTES = 100;
/** Storage classes whose objects must be restored before they can be read. */
const ARCHIVED = new Set(['GLACIER', 'DEEP_ARCHIVE']);

/** Copies the upload's version into the run's folder. A copy that is there already is left as it is. */
export async function pinInput(
  { dataset, runId, uploadId }: { dataset: string; runId: string; uploadId: string },
  { objects, table, destinationBucket }: PinInputWorld,
): Promise<Pin> {
  const stored = await table.get(uploadKey(dataset, uploadId));
  if (!stored)
    throw new TidegateError('InvalidInput', `The upload ${uploadId} of "${dataset}" was never admitted.`);
  const { upload } = uploadRecordSchema.parse(stored.item);
  const source = { bucket: upload.bucket, key: upload.key, versionId: upload.versionId };
  const pinned = { bucket: destinationBucket, key: inputKey(dataset, runId, uploadId, upload.compression) };

  const existing = await objects.head(pinned);
  if (existing?.sizeBytes === upload.sizeBytes) return { uploadId, outcome: 'PINNED' };
  const name = `s3://${source.bucket}/${shortened(source.key)} version ${source.versionId}`;
  try {
    const head = await objects.head(source);
    if (!head) {
      const reason = `${name} was deleted before it could be read. Upload it again.`;
      return { uploadId, outcome: 'GONE', reason };
    }
    if (ARCHIVED.has(head.storageClass ?? ''))
      throw new ObjectUnreadable(`is archived (${head.storageClass})`);
    await objects.copy(source, pinned);
    return { uploadId, outcome: 'PINNED' };
  } catch (error) {
    if (!(error instanceof ObjectUnreadable)) throw error;
    const reason = `${name} ${error.message}. Make it readable (restore it, or upload it anew), then replay it.`;
    return { uploadId, outcome: 'REJECTED', reason };
  }
}

function shortened(key: string): string {
  let kept = key;
  while (Buffer.byteLength(JSON.stringify(kept)) > MAX_KEY_BYTES) kept = kept.slice(0, -1);
  return kept === key ? key : `${kept}...`;
}
