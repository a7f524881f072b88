import type { Clusters } from '../core/ports.ts';

/**
 * The cluster for an attempt, `''` when one must be created. RunJobFlow has no client token: a cluster whose creation
 * was answered into the void is found by its name; should there be several, the first is taken and the others end.
 */
export async function leaseCluster(clusterName: string, clusters: Clusters): Promise<{ clusterId: string }> {
  const [own, ...surplus] = await clusters.findActive(clusterName);
  for (const { clusterId } of surplus) await clusters.terminate(clusterId);
  return { clusterId: own?.clusterId ?? '' };
}
