import type { Mend, RunRecord, UploadRecord } from '../records.ts';

/**
 * The files of mended rows that a run may count for an upload, oldest first. What came after the run was begun is for the
 * next one, so that every attempt of a run reads the same.
 */
export function countingMends({ upload, mends = [] }: UploadRecord, { uploads }: RunRecord): Mend[] {
  const generation = uploads.find(({ uploadId }) => uploadId === upload.uploadId)?.generation ?? 0;
  return mends.filter((mend) => mend.generation <= generation).sort((a, b) => a.generation - b.generation);
}
