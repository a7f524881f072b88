import { endRun } from '../core/end-run.ts';
import type { Clusters, Executions, JobRuns, StateTable } from '../core/ports.ts';
import { runKey, runRecordSchema } from '../core/records.ts';

export interface CleanUpInput {
  /** The run of the failed execution; it may have failed before there was one. */
  dataset: string;
  runId: string;
  /** The cluster that the newest attempt ran on; '': none. */
  clusterId: string;
  error: string;
  cause: string;
}

export interface CleanUpWorld {
  table: StateTable;
  executions: Executions;
  clusters: Clusters;
  jobRuns: JobRuns;
}

const MAX_REASON_LENGTH = 2000;

/** Leaves nothing behind of a run that failed: no cluster, no job run, no held gate. Repeated, it changes nothing. */
export async function cleanUp(input: CleanUpInput, world: CleanUpWorld) {
  const { dataset, runId, clusterId, error, cause } = input;
  const stored = await world.table.get(runKey(dataset, runId));
  if (!stored) return { clusters: [], jobRuns: [] };
  const lastAttempt = runRecordSchema.parse(stored.item).attempt;

  const clusters = new Set(clusterId ? [clusterId] : []);
  for (let number = 1; number <= lastAttempt; number += 1) {
    // A creation that was never answered left a cluster that only its name tells of.
    for (const cluster of await world.clusters.findActive(`tidegate-${dataset}-${runId}-${number}`)) {
      clusters.add(cluster.clusterId);
    }
  }
  for (const cluster of clusters) await world.clusters.terminate(cluster);
  const jobRuns = await world.jobRuns.findActive(runId);
  for (const jobRun of jobRuns) await world.jobRuns.stop(jobRun);

  const reason = `${error}: ${cause}`.slice(0, MAX_REASON_LENGTH);
  await endRun(
    {
      dataset,
      runId,
      run: {
        status: 'FAILED',
        outcome: { error, cause: reason },
        ...(error === 'OutputMismatch' && { discardedAttempt: lastAttempt }),
      },
      uploadEnd: () => ({ status: 'FAILED', reason }),
      settled: [],
    },
    world.table,
    world.executions,
  );
  return { clusters: [...clusters], jobRuns };
}
