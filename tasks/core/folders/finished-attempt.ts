import { manifestKey } from './folders.ts';
import type { RunFolders } from './run-folders.ts';

/** The newest attempt of a run whose manifest was written, so that Spark need not run again; 0: none. */
export async function finishedAttempt(
  dataset: string,
  { runId, lastAttempt, discardedAttempt }: { runId: string; lastAttempt: number; discardedAttempt: number },
  { objects, destinationBucket }: RunFolders,
): Promise<number> {
  for (let attempt = lastAttempt; attempt > discardedAttempt; attempt -= 1) {
    if (await objects.head({ bucket: destinationBucket, key: manifestKey(dataset, runId, attempt) }))
      return attempt;
  }
  return 0;
}
