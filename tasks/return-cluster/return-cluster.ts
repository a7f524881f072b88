import type * as z from 'zod';
import { forgetWarmCluster } from '../core/compute/forget-warm-cluster.ts';
import { type OwnCluster, ownClusters } from '../core/compute/own-clusters.ts';
import type { BackOff, Clock, Clusters, StateTable } from '../core/ports.ts';
import { datasetPartition, WAITING_PREFIX, type WarmCluster, warmClusterKey } from '../core/records.ts';
import { retryConflicts } from '../core/state-table/retry-conflicts.ts';
import type { inputSchema } from './input.ts';

export interface ReturnClusterWorld {
  table: StateTable;
  clusters: Clusters;
  clock: Clock;
  backOff: BackOff;
}

type Returned = z.output<typeof inputSchema>;

/**
 * Gives back the cluster of an attempt whose step is done: warm for the next run if uploads wait or the plan says so,
 * else its end is asked for. What else works for the run was left by an attempt before, and ends.
 */
export async function returnCluster(
  returned: Returned,
  world: ReturnClusterWorld,
): Promise<{ clusterId: string; keptWarm: boolean }> {
  const { dataset, runId, clusterId, keepWarm } = returned;
  const { clusters, table, backOff } = world;
  const waiting = await table.query(datasetPartition(dataset), WAITING_PREFIX, 1);
  const keep = keepWarm || waiting.length > 0;
  return retryConflicts(`cluster ${clusterId}`, backOff, async () => {
    const own = await ownClusters(clusters, table);
    const ofRun = own.clusters.filter(({ owner }) => owner?.runId === runId);
    for (const surplus of ofRun.filter((cluster) => cluster.clusterId !== clusterId))
      await end(surplus, world);
    const cluster = ofRun.find((candidate) => candidate.clusterId === clusterId);
    // Gone, or returned by an earlier call and perhaps leased to another run by now.
    if (!cluster || cluster.state === 'TERMINATING') {
      const returnedBefore = own.clusters.some((other) => other.clusterId === clusterId && other.warm);
      return { clusterId, keptWarm: returnedBefore };
    }
    if (keep) await keepWarmly(cluster, returned, world);
    else await end(cluster, world);
    return { clusterId, keptWarm: keep };
  });
}

async function keepWarmly(
  { clusterId, warm }: OwnCluster,
  { shape, idleTimeoutSeconds }: Returned,
  { table, clock }: ReturnClusterWorld,
): Promise<void> {
  const item: WarmCluster = {
    clusterId,
    // One that was leased warm may be larger than what was planned for this attempt.
    shape: warm?.value.shape ?? shape,
    lease: null,
    keptUntil: new Date(clock.now().getTime() + idleTimeoutSeconds * 1000).toISOString(),
  };
  await table.write([{ key: warmClusterKey(clusterId), item, expectedVersion: warm?.version ?? null }]);
}

/** The record goes first: nobody leases a cluster that ends. */
async function end(
  { clusterId, warm, state }: OwnCluster,
  { clusters, table }: ReturnClusterWorld,
): Promise<void> {
  if (warm) await forgetWarmCluster(warm, table);
  if (state !== 'TERMINATING') await clusters.terminate(clusterId);
}
