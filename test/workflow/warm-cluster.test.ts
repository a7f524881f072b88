import { contractOf } from '../fakes/samples.ts';
import { entering } from './entering.ts';
import { type WorkflowWorld, workflowWorld } from './world.ts';

const emr = contractOf({ engine: 'emr' });
const states = (world: ReturnType<typeof workflowWorld>) =>
  [...world.clusters.clusters.values()].map(({ state }) => state);

test('the next run adds its step to the cluster that the one before kept warm', async () => {
  const world: WorkflowWorld = workflowWorld({
    contracts: [emr],
    adapters: entering('RunSparkStep', () => {
      if (world.executionArns().length === 1) world.start(world.upload('flights/b.csv', 'id,note\n2,x\n'));
    }),
  });
  const first = world.start(world.upload('flights/a.csv', 'id,note\n1,x\n'));
  await world.settled();
  expect(world.see(first).states).toContain('CreateCluster');
  const next = world.executionArns().find((arn) => arn.endsWith(':flights-after-1')) ?? '';
  expect(world.see(next).states).toContain('RunSparkStep');
  expect(world.see(next).states).not.toContain('CreateCluster');
  expect(states(world)).toEqual(['TERMINATING']);
  expect(world.rowsOf('flights')).toHaveLength(2);
});

test('a cluster is kept warm where the contract says that the next upload is near', async () => {
  const world = workflowWorld({ contracts: [{ ...emr, frequencySeconds: 600 }] });
  await world.run(world.upload('flights/a.csv', 'id,note\n1,x\n'));
  expect(states(world)).toEqual(['WAITING']);
  await world.run(world.upload('flights/b.csv', 'id,note\n2,x\n'));
  expect(states(world)).toEqual(['WAITING']);
  await world.clock.sleepUntil(world.clock.now() + 3_600_000, new AbortController().signal);
  await world.sweep();
  expect(states(world)).toEqual(['TERMINATING']);
});

test('a warm cluster that vanished is replaced by another', async () => {
  const world = workflowWorld({ contracts: [{ ...emr, frequencySeconds: 600 }] });
  await world.run(world.upload('flights/a.csv', 'id,note\n1,x\n'));
  world.knobs.clusterEndsUnderStep = 1;
  const second = await world.run(world.upload('flights/b.csv', 'id,note\n2,x\n'));
  expect(second.record.status).toBe('SUCCEEDED');
  expect(second.states.filter((name) => name === 'LeaseCluster')).toHaveLength(2);
  expect(second.states.filter((name) => name === 'CreateCluster')).toHaveLength(1);
  expect(world.notices.published).toEqual([]);
});

test('a cluster that is lost three times is told, cleaned up, and redriven on a fourth', async () => {
  const world = workflowWorld({ contracts: [emr] });
  world.knobs.clusterEndsUnderStep = 3;
  const failed = await world.run(world.upload('flights/a.csv', 'id,note\n1,x\n'));
  expect(failed.record).toMatchObject({ status: 'FAILED', error: 'ClusterGone' });
  expect(failed.states.filter((name) => name === 'RunSparkStep')).toHaveLength(3);
  expect(world.notices.published).toHaveLength(1);
  world.knobs.clusterEndsUnderStep = 2;
  const redriven = await world.redrive(failed.record.arn);
  expect(redriven.record.status).toBe('SUCCEEDED');
  expect(states(world).filter((state) => !state.startsWith('TERMINAT'))).toEqual([]);
});
