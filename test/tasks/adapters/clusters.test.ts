import { EMRClient, GetManagedScalingPolicyCommand, RunJobFlowCommand } from '@aws-sdk/client-emr';
import { EmrClusters } from '../../../tasks/adapters/emr-clusters.ts';
import { scalingLimits } from '../../../tasks/core/compute/scaling-limits.ts';
import type { Clusters } from '../../../tasks/core/ports.ts';
import { MemoryEmr } from '../../fakes/memory-emr.ts';
import { MemoryClusters } from '../../fakes/memory-services.ts';
import { emulated } from '../../fakes/moto.ts';
import { quickSurroundings } from '../../fakes/quick-surroundings.ts';
import { startEngines } from './local-engines.ts';
import { until } from './until.ts';

interface Service {
  clusters: Clusters;
  /** Asks for a cluster, which starts. */
  create(name: string): Promise<string>;
  /** Adds a step to a cluster that waits; gives what ends it. */
  addStep(clusterId: string): Promise<() => Promise<void>>;
  /** What takes time by itself is done, where it does not pass by itself. */
  passes(clusterId: string): void;
  limitsOf(clusterId: string): Promise<unknown>;
  stop(): Promise<void>;
}

const services: [string, () => Promise<Service>][] = [
  ['moved by hand', movedByHand],
  ['in memory', inMemory],
  ["by EMR's client over the local engine", overEngine],
];

describe.each(services)('clusters, %s', (_name, start) => {
  let service: Service;
  beforeAll(async () => {
    service = await start();
  });
  afterAll(() => service.stop());

  const is = async (clusterId: string, wanted: string): Promise<void> => {
    service.passes(clusterId);
    await until(async () => (await service.clusters.state(clusterId)).state === wanted);
  };
  const waiting = async (name: string): Promise<string> => {
    const clusterId = await service.create(name);
    await is(clusterId, 'WAITING');
    return clusterId;
  };
  const listed = async (clusterId: string) =>
    (await service.clusters.list()).find((cluster) => cluster.clusterId === clusterId);

  test('are listed from their start to their end, by name and state', async () => {
    const clusterId = await service.create('tidegate-a');
    expect(await listed(clusterId)).toMatchObject({
      name: 'tidegate-a',
      state: expect.stringMatching(/STARTING|BOOTSTRAPPING|WAITING/),
    });
    await is(clusterId, 'WAITING');
    expect(await listed(clusterId)).toEqual({ clusterId, name: 'tidegate-a', state: 'WAITING' });
    await service.clusters.terminate(clusterId);
    await is(clusterId, 'TERMINATED');
    expect(await listed(clusterId)).toBeUndefined();
  });

  test('end when they are asked to, and say why', async () => {
    const clusterId = await waiting('tidegate-b');
    await service.clusters.terminate(clusterId);
    expect(await service.clusters.state(clusterId)).toEqual({
      state: expect.stringMatching(/TERMINATING|TERMINATED/),
      reason: 'USER_REQUEST: Terminated by user request',
    });
    await is(clusterId, 'TERMINATED');
  });

  test('asked to end again, or when they have ended, are left as they are', async () => {
    const clusterId = await waiting('tidegate-c');
    await service.clusters.terminate(clusterId);
    await service.clusters.terminate(clusterId);
    await is(clusterId, 'TERMINATED');
    await service.clusters.terminate(clusterId);
    expect((await service.clusters.state(clusterId)).state).toBe('TERMINATED');
  });

  test('have as many open steps as have not ended, and none once they have', async () => {
    const clusterId = await waiting('tidegate-d');
    expect(await service.clusters.openSteps(clusterId)).toBe(0);
    const ends = await service.addStep(clusterId);
    expect(await service.clusters.openSteps(clusterId)).toBe(1);
    await ends();
    await until(async () => (await service.clusters.openSteps(clusterId)) === 0);
    await service.addStep(clusterId);
    await service.clusters.terminate(clusterId);
    await is(clusterId, 'TERMINATED');
    expect(await service.clusters.openSteps(clusterId)).toBe(0);
  });

  test('have the limits of their scaling that were set last, and keep them once they end', async () => {
    const clusterId = await waiting('tidegate-e');
    const limits = (most: number) => scalingLimits({ instanceCount: 2, spotCount: 1 }, most);
    await service.clusters.limitScaling(clusterId, limits(4));
    await service.clusters.limitScaling(clusterId, limits(8));
    expect(await service.limitsOf(clusterId)).toEqual(limits(8));
    await service.clusters.terminate(clusterId);
    await is(clusterId, 'TERMINATED');
    await service.clusters.limitScaling(clusterId, limits(4));
    expect(await service.limitsOf(clusterId)).toEqual(limits(8));
  });

  test('that nobody knows, or any more, have ended', async () => {
    expect(await service.clusters.state('j-UNKNOWN')).toEqual({
      state: 'TERMINATED',
      reason: expect.stringContaining('is not valid'),
    });
  });
});

async function movedByHand(): Promise<Service> {
  const clusters = new MemoryClusters();
  const changed = (clusterId: string, openSteps: number): void =>
    void Object.assign(clusters.clusters.get(clusterId) ?? {}, { openSteps });
  let created = 0;
  return {
    clusters,
    async create(name) {
      created += 1;
      clusters.create(`j-${created}`, name, 'STARTING');
      return `j-${created}`;
    },
    async addStep(clusterId) {
      changed(clusterId, 1);
      return async () => changed(clusterId, 0);
    },
    passes(clusterId) {
      const cluster = clusters.clusters.get(clusterId);
      if (cluster?.state === 'STARTING') cluster.state = 'WAITING';
      if (cluster?.state === 'TERMINATING') Object.assign(cluster, { state: 'TERMINATED', openSteps: 0 });
    },
    limitsOf: async (clusterId) => clusters.clusters.get(clusterId)?.limits,
    stop: async () => {},
  };
}

async function inMemory(): Promise<Service> {
  const ends: (() => void)[] = [];
  const clusters = new MemoryEmr(
    quickSurroundings(),
    () => new Promise<void>((resolve) => ends.push(resolve)),
  );
  return {
    clusters,
    create: async (name) => clusters.create(name, {}, 3600).id,
    async addStep(clusterId) {
      clusters.addStep(clusterId, []);
      return async () => ends.at(-1)?.();
    },
    passes: () => {},
    limitsOf: async (clusterId) => clusters.find(clusterId).limits,
    stop: async () => {},
  };
}

async function overEngine(): Promise<Service> {
  const engines = await startEngines();
  const client = new EMRClient(emulated(engines.endpoint));
  return {
    clusters: new EmrClusters(client),
    async create(name) {
      const { JobFlowId = '' } = await client.send(
        new RunJobFlowCommand({
          Name: name,
          ReleaseLabel: 'emr-spark-8.1.0',
          Instances: { KeepJobFlowAliveWhenNoSteps: true },
        }),
      );
      return JobFlowId;
    },
    async addStep(clusterId) {
      engines.emr.addSteps(clusterId, [
        {
          name: 'step',
          actionOnFailure: 'CONTINUE',
          jar: 'command-runner.jar',
          args: ['spark-submit', 's3://artifacts/spark/job.py'],
          properties: {},
        },
      ]);
      return async () => engines.emrProgram()?.end(0);
    },
    passes: () => {},
    async limitsOf(clusterId) {
      const asked = new GetManagedScalingPolicyCommand({ ClusterId: clusterId });
      return (await client.send(asked)).ManagedScalingPolicy?.ComputeLimits;
    },
    async stop() {
      client.destroy();
      await engines.stop();
    },
  };
}
