import type { Mend, RunRecord, UploadRecord } from './records.ts';

/**
 * The files of mended rows that a run counts for an upload, in their order. What came after the run was begun is for the
 * next one, so that every attempt of a run reads the same. Of one name the newest counts.
 */
export function countingMends({ upload, mends = [] }: UploadRecord, { uploads }: RunRecord): Mend[] {
  const generation = uploads.find(({ uploadId }) => uploadId === upload.uploadId)?.generation ?? 0;
  const newest = new Map<string, Mend>();
  for (const mend of mends) if (mend.generation <= generation) newest.set(mend.key, mend);
  return [...newest.values()].sort((a, b) => a.generation - b.generation);
}
