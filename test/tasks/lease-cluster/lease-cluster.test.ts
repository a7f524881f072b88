import { leaseCluster } from '../../../tasks/lease-cluster/lease-cluster.ts';
import { MemoryClusters } from '../../fakes/memory-services.ts';

test('where there is no cluster of the name, one must be created', async () => {
  const clusters = new MemoryClusters();
  clusters.create('j-other', 'other');
  clusters.create('j-ended', 'own', 'TERMINATED');
  expect(await leaseCluster('own', clusters)).toEqual({ clusterId: '' });
});

test('a cluster whose creation was never answered is taken, a second one ended', async () => {
  const clusters = new MemoryClusters();
  clusters.create('j-1', 'own', 'STARTING');
  clusters.create('j-2', 'own', 'WAITING');
  expect(await leaseCluster('own', clusters)).toEqual({ clusterId: 'j-1' });
  expect(clusters.clusters.get('j-2')?.state).toBe('TERMINATING');
});
