import { type StopWorkWorld, stopWork } from '../core/compute/stop-work.ts';
import type { ErrorName } from '../core/errors.ts';
import type { RunRecord } from '../core/records.ts';
import { type EndRunWorld, endRun } from '../core/state-table/end-run.ts';

const MAX_REASON_LENGTH = 2000;
/**
 * What is wrong with an attempt's output stays wrong: the next attempt writes another. So does a change set that is not
 * the one that a later run delivered for it: an aborted run that is redriven runs the job of its attempt once more.
 */
const DISCARDING: ReadonlySet<string> = new Set(['OutputMismatch', 'DeliveryMismatch']);

export interface GivenUp {
  clusters: string[];
  jobRuns: string[];
  /** Whether the gate could be released; if not, a sweep will. */
  released: boolean;
}

/**
 * Leaves nothing behind of a run whose execution failed: asks for the end of its clusters and job runs, marks its
 * uploads FAILED, and releases the gate as soon as they are seen stopped. Repeated, it goes on from where it was.
 */
export async function giveUpRun(
  run: RunRecord,
  failure: { error: ErrorName | string; cause: string; redriveCount: number; uploadsWaitAgain?: boolean },
  world: EndRunWorld & StopWorkWorld,
): Promise<GivenUp> {
  const { dataset, runId, attempt } = run;
  const { error, cause, redriveCount, uploadsWaitAgain = false } = failure;
  // The execution was redriven meanwhile, and the run is another one's to end.
  if (run.redriveCount > redriveCount) return { clusters: [], jobRuns: [], released: true };
  const { clusters, jobRuns, stopped } = await stopWork(runId, world);
  const reason = `${error}: ${cause}`.slice(0, MAX_REASON_LENGTH);
  await endRun(
    {
      dataset,
      runId,
      redriveCount,
      status: 'FAILED',
      outcome: { error, cause: reason, attempt },
      ...(DISCARDING.has(error) && { discardedAttempt: attempt }),
      releasesGate: stopped,
      uploadEnd: () =>
        uploadsWaitAgain ? { status: 'WAITING', reason: null } : { status: 'FAILED', reason },
      settled: [],
    },
    world,
  );
  return { clusters, jobRuns, released: stopped };
}
