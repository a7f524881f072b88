import type { Clusters, JobRuns, StateTable } from '../ports.ts';
import { forgetWarmCluster } from './forget-warm-cluster.ts';
import { ownClusters } from './own-clusters.ts';

export interface StopWorkWorld {
  table: StateTable;
  clusters: Clusters;
  jobRuns: JobRuns;
}

/**
 * Asks for the end of all that works for a run: the clusters that its attempts created or have the lease of, and its
 * Glue job runs. One that is leased to another run by now is left alone.
 * @returns what it asked, and whether by now nothing can write for the run any more.
 */
export async function stopWork(
  runId: string,
  world: StopWorkWorld,
): Promise<{ clusters: string[]; jobRuns: string[]; stopped: boolean }> {
  const clusters = await ofRun(runId, world);
  for (const { clusterId, state, warm } of clusters) {
    if (state !== 'TERMINATING') await world.clusters.terminate(clusterId);
    if (warm) await forgetWarmCluster(warm, world.table);
  }
  const jobRuns = (await world.jobRuns.list()).filter((jobRun) => jobRun.runId === runId);
  for (const { jobRunId } of jobRuns) await world.jobRuns.stop(jobRunId);
  return {
    clusters: clusters.map(({ clusterId }) => clusterId),
    jobRuns: jobRuns.map(({ jobRunId }) => jobRunId),
    stopped: await isStopped(runId, new Set(clusters.map(({ clusterId }) => clusterId)), world),
  };
}

async function ofRun(runId: string, { clusters, table }: StopWorkWorld) {
  const own = await ownClusters(clusters, table);
  return own.clusters.filter(({ owner }) => owner?.runId === runId);
}

/** Looked at again after the asking. A cluster takes minutes to end: without open steps, nothing of it writes. */
async function isStopped(
  runId: string,
  asked: ReadonlySet<string>,
  { clusters, jobRuns }: StopWorkWorld,
): Promise<boolean> {
  for (const { clusterId, state } of await clusters.list()) {
    if (!asked.has(clusterId)) continue;
    if (state !== 'TERMINATING' || (await clusters.openSteps(clusterId)) > 0) return false;
  }
  return !(await jobRuns.list()).some((jobRun) => jobRun.runId === runId);
}
