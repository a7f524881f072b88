import { clusterNameOf } from '../../../tasks/core/compute/cluster-name.ts';
import { type RunRecord, runKey, warmClusterKey } from '../../../tasks/core/records.ts';
import { leaseCluster } from '../../../tasks/lease-cluster/lease-cluster.ts';
import { returnCluster } from '../../../tasks/return-cluster/return-cluster.ts';
import { type MemoryPorts, memoryPorts } from '../../fakes/memory-ports.ts';

const shape = { releaseLabel: 'emr-spark-8.1.0', instanceType: 'm7g.xlarge', instanceCount: 2, spotCount: 0 };
const attemptOf = (runId: string, attempt = 1) => ({ dataset: 'flights', runId, attempt });
const [A, B, C] = ['20260101T000000Z-aaaaaaaa', '20260101T000100Z-bbbbbbbb', '20260101T000200Z-cccccccc'];

const lease = (world: MemoryPorts, runId: string, attempt = 1, wanted = shape) =>
  leaseCluster({ ...attemptOf(runId, attempt), shape: wanted, mostInstances: 6 }, world);
const giveBack = (world: MemoryPorts, runId: string, clusterId: string, keepWarm = true, made = shape) =>
  returnCluster({ ...attemptOf(runId), clusterId, shape: made, keepWarm, idleTimeoutSeconds: 900 }, world);
const stateOf = (world: MemoryPorts, clusterId: string) => world.clusters.clusters.get(clusterId)?.state;

/** A world with a cluster that run A created and returned warm. */
const withWarmCluster = async (made = shape) => {
  const world = memoryPorts();
  world.clusters.create('j-1', clusterNameOf(attemptOf(A)));
  await giveBack(world, A, 'j-1', true, made);
  return world;
};

describe('a cluster for an attempt', () => {
  test('must be created where there is none', async () => {
    const world = memoryPorts();
    world.clusters.create('j-other', 'somebody-elses');
    world.clusters.create('j-ended', clusterNameOf(attemptOf(A)), 'TERMINATED');
    expect(await lease(world, A)).toEqual({ clusterId: '' });
    expect(stateOf(world, 'j-other')).toBe('WAITING');
  });

  test('is the one whose creation was never answered; a second one, and those of earlier attempts, end', async () => {
    const world = memoryPorts();
    world.clusters.create('j-0', clusterNameOf(attemptOf(A, 1)));
    world.clusters.create('j-1', clusterNameOf(attemptOf(A, 2)), 'STARTING');
    world.clusters.create('j-2', clusterNameOf(attemptOf(A, 2)));
    expect(await lease(world, A, 2)).toEqual({ clusterId: 'j-1' });
    expect([stateOf(world, 'j-0'), stateOf(world, 'j-1'), stateOf(world, 'j-2')]).toEqual([
      'TERMINATING',
      'STARTING',
      'TERMINATING',
    ]);
  });

  test('is an idle one of a fitting shape, for one run at a time', async () => {
    const world = await withWarmCluster();
    expect(await lease(world, B)).toEqual({ clusterId: 'j-1' });
    expect(await lease(world, C)).toEqual({ clusterId: '' });
    expect(await lease(world, B)).toEqual({ clusterId: 'j-1' });
    await giveBack(world, B, 'j-1');
    expect(await lease(world, C)).toEqual({ clusterId: 'j-1' });
  });

  test.each([
    ['larger than was planned, within reason', { instanceCount: 1 }, 'j-1'],
    ['of another type', { instanceType: 'm7g.2xlarge' }, ''],
    ['too small', { instanceCount: 3 }, ''],
    ['of another release', { releaseLabel: 'emr-spark-8.2.0' }, ''],
  ])('an idle one that is %s', async (_name, wanted, clusterId) => {
    const world = await withWarmCluster();
    expect(await lease(world, B, 1, { ...shape, ...wanted })).toEqual({ clusterId });
  });

  test.each([
    ['none of them', 0, ''],
    ['fewer of them', 2, ''],
    ['as many of them', 4, 'j-1'],
    ['more of them', 5, 'j-1'],
  ])(
    'with spot instances is taken for a plan only if it has no larger a share: %s',
    async (_, planned, clusterId) => {
      const world = await withWarmCluster({ ...shape, instanceCount: 12, spotCount: 8 });
      const wanted = { ...shape, instanceCount: 6, spotCount: planned };
      expect(await lease(world, B, 1, wanted)).toEqual({ clusterId });
    },
  );

  test('may grow as far as its new plan says, also when the first call for it was cut short', async () => {
    const world = await withWarmCluster();
    const limits = { MinimumCapacityUnits: 2, MaximumCapacityUnits: 6, MaximumCoreCapacityUnits: 6 };
    const limitScaling = world.clusters.limitScaling.bind(world.clusters);
    world.clusters.limitScaling = async () => {
      throw new Error('cut short');
    };
    await expect(lease(world, B)).rejects.toThrow('cut short');
    world.clusters.limitScaling = limitScaling;
    expect(await lease(world, B)).toEqual({ clusterId: 'j-1' });
    expect(world.clusters.clusters.get('j-1')?.limits).toMatchObject(limits);
  });

  test('keeps its limits for an execution that began before there were any', async () => {
    const world = await withWarmCluster();
    expect(await leaseCluster({ ...attemptOf(B), shape }, world)).toEqual({ clusterId: 'j-1' });
    expect(world.clusters.clusters.get('j-1')?.limits).toBeUndefined();
  });

  test('is never made smaller than it is, nor its spot instances core nodes', async () => {
    const world = await withWarmCluster({ ...shape, instanceCount: 12, spotCount: 8 });
    await lease(world, B, 1, { ...shape, instanceCount: 6, spotCount: 4 });
    expect(world.clusters.clusters.get('j-1')?.limits).toEqual({
      UnitType: 'InstanceFleetUnits',
      MinimumCapacityUnits: 12,
      MaximumCapacityUnits: 12,
      MaximumOnDemandCapacityUnits: 12,
      MaximumCoreCapacityUnits: 4,
    });
  });

  test('that is larger than was planned is told in the record of the run', async () => {
    const world = await withWarmCluster();
    const run: RunRecord = {
      ...attemptOf(B),
      executionArn: 'arn:aws:states:us-east-1:123456789012:execution:ingest:b',
      startedAt: '2026-01-01T00:01:00.000Z',
      status: 'RUNNING',
      redriveCount: 0,
      uploads: [{ uploadId: 'u', generation: 1 }],
      discardedAttempt: 0,
      plan: { engine: 'emr' },
      outcome: null,
    };
    await world.table.write([{ key: runKey('flights', B), item: run, expectedVersion: null }]);
    const planOf = async () => (await world.table.get(runKey('flights', B)))?.item['plan'];
    await lease(world, B, 2, { ...shape, instanceCount: 1 });
    expect(await planOf()).toEqual({ engine: 'emr' });
    await giveBack(world, B, 'j-1');
    await lease(world, B, 1, { ...shape, instanceCount: 1 });
    expect(await planOf()).toEqual({ engine: 'emr', leased: { instanceCount: 2 } });
  });

  test('is not one that ended meanwhile, whose record is forgotten', async () => {
    const world = await withWarmCluster();
    world.clusters.create('j-1', clusterNameOf(attemptOf(A)), 'TERMINATED');
    expect(await lease(world, B)).toEqual({ clusterId: '' });
    expect(await world.table.get(warmClusterKey('j-1'))).toBeNull();
  });

  test('is not one on which a step still runs', async () => {
    const world = await withWarmCluster();
    Object.assign(world.clusters.clusters.get('j-1') ?? {}, { openSteps: 1 });
    expect(await lease(world, B)).toEqual({ clusterId: '' });
  });

  test('goes to one run when two ask at once', async () => {
    const world = await withWarmCluster();
    let first = { clusterId: '' };
    world.table.beforeWrite = async () => {
      first = await lease(world, C);
    };
    expect(await lease(world, B)).toEqual({ clusterId: '' });
    expect(first).toEqual({ clusterId: 'j-1' });
  });
});

describe('a cluster that is returned', () => {
  test('ends when nothing waits and the plan does not expect more', async () => {
    const world = memoryPorts();
    world.clusters.create('j-1', clusterNameOf(attemptOf(A)));
    expect(await giveBack(world, A, 'j-1', false)).toEqual({ clusterId: 'j-1', keptWarm: false });
    expect(stateOf(world, 'j-1')).toBe('TERMINATING');
  });

  test('a second time, by a call whose answer was lost, is left to the run that has it by now', async () => {
    const world = await withWarmCluster();
    await lease(world, B);
    await giveBack(world, A, 'j-1', false);
    expect(stateOf(world, 'j-1')).toBe('WAITING');
    expect((await world.table.get(warmClusterKey('j-1')))?.item['lease']).toMatchObject({ runId: B });
  });

  test('is not kept warm once it is ending', async () => {
    const world = memoryPorts();
    world.clusters.create('j-1', clusterNameOf(attemptOf(A)), 'TERMINATING');
    expect(await giveBack(world, A, 'j-1')).toEqual({ clusterId: 'j-1', keptWarm: false });
    expect(await world.table.get(warmClusterKey('j-1'))).toBeNull();
  });
});
