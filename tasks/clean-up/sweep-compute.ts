import { forgetWarmCluster } from '../core/compute/forget-warm-cluster.ts';
import { ownClusters } from '../core/compute/own-clusters.ts';
import type { Clock, Clusters, Executions, JobRuns, StateTable } from '../core/ports.ts';
import { findRun } from '../core/state-table/find-run.ts';

export interface SweepComputeWorld {
  table: StateTable;
  executions: Executions;
  clusters: Clusters;
  jobRuns: JobRuns;
  clock: Clock;
}

/**
 * Ends clusters and job runs that work for nobody: their execution has ended, a later attempt took over, or they were
 * kept warm for long enough. Those of runs that this state table does not know are another deployment's.
 */
export async function sweepCompute(world: SweepComputeWorld): Promise<{ ended: string[] }> {
  const { table, clusters, jobRuns, clock } = world;
  const isForsaken = forsaken(world);
  const ended: string[] = [];
  const own = await ownClusters(clusters, table);
  for (const record of own.gone) await forgetWarmCluster(record, table);
  for (const { clusterId, state, owner, warm } of own.clusters) {
    if (state === 'TERMINATING') continue;
    const isOver = owner
      ? await isForsaken(owner, warm !== null)
      : Date.parse(warm?.value.keptUntil ?? '') < clock.now().getTime();
    if (!isOver) continue;
    if (warm && !(await forgetWarmCluster(warm, table))) continue;
    await clusters.terminate(clusterId);
    ended.push(clusterId);
  }
  for (const jobRun of await jobRuns.list()) {
    if (!(await isForsaken(jobRun, false))) continue;
    await jobRuns.stop(jobRun.jobRunId);
    ended.push(jobRun.jobRunId);
  }
  return { ended };
}

/** Tells whether nobody waits for what an attempt began; each run and execution is asked about once. */
function forsaken({ table, executions }: SweepComputeWorld) {
  const asked = new Map<string, Promise<{ attempt: number; runs: boolean } | null>>();
  const ask = async (runId: string) => {
    const run = await findRun(runId, table);
    if (!run) return null;
    const execution = await executions.describe(run.value.executionArn);
    return { attempt: run.value.attempt, runs: execution?.status === 'RUNNING' };
  };
  return async ({ runId, attempt }: { runId: string; attempt: number }, leased: boolean) => {
    const asking = asked.get(runId) ?? ask(runId);
    asked.set(runId, asking);
    const known = await asking;
    if (!known) return false;
    return !known.runs || (!leased && attempt < known.attempt);
  };
}
