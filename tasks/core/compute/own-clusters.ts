import type { ClusterState, ClusterSummary, Clusters, StateTable } from '../ports.ts';
import { WARM_CLUSTERS, type WarmCluster, warmClusterSchema } from '../records.ts';
import { queryRecords, type Versioned } from '../state-table/read-record.ts';
import { type ClusterOwner, ownerOfCluster } from './cluster-name.ts';

/** A cluster of ours that has not ended. */
export interface OwnCluster extends ClusterSummary {
  /** The attempt that it works for: the one that has the lease, or else the one it was created for. Null: it is idle. */
  owner: ClusterOwner | null;
  /** Its record, once it was returned warm. */
  warm: Versioned<WarmCluster> | null;
}

const MAX_WARM_CLUSTERS = 1000;

/** Every cluster of Tidegate's that has not ended, and the records of those that have. */
export async function ownClusters(
  clusters: Clusters,
  table: StateTable,
): Promise<{ clusters: OwnCluster[]; gone: Versioned<WarmCluster>[] }> {
  // The records last: a cluster that another run leased meanwhile is not taken for that of the run that created it.
  const listed = await clusters.list();
  const records = await queryRecords(table, WARM_CLUSTERS, '', warmClusterSchema, MAX_WARM_CLUSTERS);
  const warmById = new Map(records.map((record) => [record.value.clusterId, record]));
  const listedIds = new Set(listed.map(({ clusterId }) => clusterId));
  const gone: Versioned<WarmCluster>[] = [];
  for (const record of records) {
    const { clusterId } = record.value;
    if (!listedIds.has(clusterId) && hasEnded((await clusters.state(clusterId)).state)) gone.push(record);
  }
  return {
    clusters: listed.flatMap((cluster): OwnCluster[] => {
      const created = ownerOfCluster(cluster.name);
      if (!created) return [];
      const warm = warmById.get(cluster.clusterId) ?? null;
      return [{ ...cluster, owner: warm ? warm.value.lease : created, warm }];
    }),
    gone,
  };
}

const hasEnded = (state: ClusterState): boolean =>
  state === 'TERMINATED' || state === 'TERMINATED_WITH_ERRORS';
