import { finishedAttempt } from '../tasks/core/folders/finished-attempt.ts';
import { manifestKey } from '../tasks/core/folders/folders.ts';
import type { RunFolders } from '../tasks/core/folders/run-folders.ts';
import { readStoredJson } from '../tasks/core/folders/stored-json.ts';
import { type Manifest, manifestSchema } from '../tasks/core/manifest.ts';
import type { RunRecord } from '../tasks/core/records.ts';

/** Of the attempt that counts; null when none was finished, or when its folder is gone. */
export async function manifestOf(run: RunRecord, folders: RunFolders): Promise<Manifest | null> {
  const { dataset, runId } = run;
  const attempt = await finishedAttempt(dataset, { ...run, lastAttempt: run.attempt }, folders);
  if (attempt === 0) return null;
  const ref = { bucket: folders.destinationBucket, key: manifestKey(dataset, runId, attempt) };
  return readStoredJson(folders.objects, ref, manifestSchema, 'OutputMismatch');
}
