import { basename } from 'node:path/posix';
import { type Batch, batchSchema } from '../core/batch.ts';
import { batchKey, inputKey, mendedInputKey } from '../core/folders/folders.ts';
import type { RunFolders } from '../core/folders/run-folders.ts';
import type { Pin } from '../core/pin.ts';
import type { StateTable } from '../core/ports.ts';
import type { RunRecord } from '../core/records.ts';
import { countingMends } from '../core/state-table/counting-mends.ts';
import { recordedUpload } from '../core/state-table/recorded.ts';

/** Fixes what the job of a run reads: the uploads that could be pinned, oldest first. */
export async function writeBatch(
  run: RunRecord,
  pinned: readonly Pin[],
  { table, objects, destinationBucket }: RunFolders & { table: StateTable },
): Promise<Batch> {
  const { dataset, runId } = run;
  const uploads = await Promise.all(
    pinned.map(async ({ uploadId }) => {
      const { value: record } = await recordedUpload(dataset, uploadId, table);
      const { upload } = record;
      const uri = (key: string): string => `s3://${destinationBucket}/${key}`;
      const mended = countingMends(record, run).map((mend) => ({
        name: basename(mend.key),
        uri: uri(mendedInputKey(dataset, runId, uploadId, mend)),
      }));
      return {
        ...upload,
        input: uri(inputKey(dataset, runId, uploadId, upload.compression)),
        ...(mended.length > 0 && { mended }),
      };
    }),
  );
  uploads.sort((a, b) => (a.orderStamp < b.orderStamp ? -1 : 1));
  const batch = batchSchema.parse({ formatVersion: 1, dataset, runId, uploads });
  await objects.write(
    { bucket: destinationBucket, key: batchKey(dataset, runId) },
    JSON.stringify(batch),
    'application/json',
  );
  return batch;
}
