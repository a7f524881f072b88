import { contractOf } from '../fakes/samples.ts';
import { entering } from './entering.ts';
import { failingIn } from './failing-once.ts';
import { type WorkflowWorld, workflowWorld } from './world.ts';

const THROTTLED =
  'Rate exceeded (Service: AmazonElasticMapReduce; Status Code: 400; Error Code: ThrottlingException)';

test('what EMR refuses for its rate is asked for again after a while, the next time after longer', async () => {
  const world = workflowWorld({
    contracts: [contractOf({ engine: 'emr' })],
    adapters: failingIn('CreateCluster', 'EMR.AmazonElasticMapReduceException', THROTTLED, 2),
  });
  const seen = await world.run(world.upload('flights/a.csv', 'id,note\n1,x\n'));
  expect(seen.record.status).toBe('SUCCEEDED');
  expect(world.notices.published).toEqual([]);
  const asked = seen.events
    .filter(({ type, details }) => type === 'TaskStateEntered' && details?.['name'] === 'CreateCluster')
    .map(({ timestamp }) => timestamp / 1000);
  const [first = 0, second = 0, third = 0] = asked;
  expect(second - first).toBeGreaterThanOrEqual(15);
  expect(third - second).toBeGreaterThanOrEqual(60);
});

test('cut short after two lost clusters, a redrive plans anew all the same', async () => {
  let steps = 0;
  const world: WorkflowWorld = workflowWorld({
    contracts: [contractOf({ engine: 'emr' })],
    adapters: entering('RunSparkStep', () => {
      if (++steps === 3) world.abort(arn);
    }),
  });
  world.knobs.clusterEndsUnderStep = 2;
  const arn = world.start(world.upload('flights/a.csv', 'id,note\n1,x\n'));
  expect((await world.finished(arn)).record.status).toBe('ABORTED');
  const redriven = await world.redrive(arn);
  expect(redriven.record.status).toBe('SUCCEEDED');
  expect(redriven.output).toMatchObject({ attempt: 4 });
});
