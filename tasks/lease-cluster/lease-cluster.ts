import type * as z from 'zod';
import { forgetWarmCluster } from '../core/compute/forget-warm-cluster.ts';
import { type OwnCluster, ownClusters } from '../core/compute/own-clusters.ts';
import { scalingLimits } from '../core/compute/scaling-limits.ts';
import { type Change, type Clusters, type StateTable, WriteConflict } from '../core/ports.ts';
import { runKey, runRecordSchema, type WarmCluster } from '../core/records.ts';
import { readRecord } from '../core/state-table/read-record.ts';
import { fits } from './fits.ts';
import type { inputSchema } from './input.ts';

export interface LeaseClusterWorld {
  table: StateTable;
  clusters: Clusters;
}

type Asked = z.output<typeof inputSchema>;

/** A warm cluster takes the step at once; one that is starting takes it too, and begins it when it is ready. */
const TAKES_STEPS = new Set(['STARTING', 'BOOTSTRAPPING', 'RUNNING', 'WAITING']);

/**
 * The cluster for an attempt, `''` when one must be created: the one that an earlier call leased, one whose creation
 * was answered into the void (it is found by its name), or an idle one of a fitting shape, which then may grow as far as
 * this attempt's plan says. What else works for the run was left by an attempt before, and ends.
 */
export async function leaseCluster(asked: Asked, world: LeaseClusterWorld): Promise<{ clusterId: string }> {
  const { runId, attempt, shape } = asked;
  const { clusters, gone } = await ownClusters(world.clusters, world.table);
  for (const record of gone) await forgetWarmCluster(record, world.table);
  const alive = clusters.filter(({ state }) => TAKES_STEPS.has(state));
  const ofRun = alive.filter(({ owner }) => owner?.runId === runId);
  const own = ofRun.find(({ owner }) => owner?.attempt === attempt);
  for (const surplus of ofRun.filter((cluster) => cluster !== own)) await end(surplus, world);
  if (own) return given(own, asked, world);

  const idle = alive
    .filter(({ warm }) => warm !== null && warm.value.lease === null && fits(warm.value.shape, shape))
    .toSorted((a, b) => sizeOf(a) - sizeOf(b));
  for (const cluster of idle) {
    if (await lease(cluster, asked, world)) return given(cluster, asked, world);
  }
  return { clusterId: '' };
}

const sizeOf = ({ warm }: OwnCluster): number => warm?.value.shape.instanceCount ?? 0;

/** One that was leased has the limits of the run before; a repeated call sets them again. */
async function given(
  { clusterId, warm }: OwnCluster,
  { mostInstances }: Asked,
  { clusters }: LeaseClusterWorld,
): Promise<{ clusterId: string }> {
  if (warm && mostInstances !== undefined)
    await clusters.limitScaling(clusterId, scalingLimits(warm.value.shape, mostInstances));
  return { clusterId };
}

async function end({ clusterId, warm }: OwnCluster, { clusters, table }: LeaseClusterWorld): Promise<void> {
  await clusters.terminate(clusterId);
  if (warm) await forgetWarmCluster(warm, table);
}

/**
 * Takes the lease of an idle cluster, unless another run came first or it is not as idle as its record says. The run's
 * record then says what its job runs on, which may be larger than was planned.
 */
async function lease(
  { clusterId, warm }: OwnCluster,
  asked: Asked,
  { clusters, table }: LeaseClusterWorld,
): Promise<boolean> {
  const { dataset, runId, attempt } = asked;
  if (!warm || (await clusters.openSteps(clusterId)) > 0) return false;
  const item: WarmCluster = { ...warm.value, lease: { dataset, runId, attempt } };
  try {
    await table.write([
      { key: warm.key, item, expectedVersion: warm.version },
      ...(await leaseTold(asked, warm.value, table)),
    ]);
    return true;
  } catch (error) {
    if (error instanceof WriteConflict) return false;
    throw error;
  }
}

async function leaseTold(
  { dataset, runId, attempt }: Asked,
  { shape }: WarmCluster,
  table: StateTable,
): Promise<Change[]> {
  const run = await readRecord(table, runKey(dataset, runId), runRecordSchema);
  if (run?.value.attempt !== attempt || !run.value.plan) return [];
  const plan = { ...run.value.plan, leased: { instanceCount: shape.instanceCount } };
  return [{ key: run.key, item: { ...run.value, plan }, expectedVersion: run.version }];
}
