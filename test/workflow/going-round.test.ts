import { contractOf } from '../fakes/samples.ts';
import { entering } from './entering.ts';
import { failingIn } from './failing-once.ts';
import { type Seen, type WorkflowWorld, workflowWorld } from './world.ts';

const THROTTLED =
  'Rate exceeded (Service: AmazonElasticMapReduce; Status Code: 400; Error Code: ThrottlingException)';

/** Seconds at which a state was entered. */
const entered = ({ events }: Seen, name: string): number[] =>
  events
    .filter(({ type, details }) => type.endsWith('StateEntered') && details?.['name'] === name)
    .map(({ timestamp }) => timestamp / 1000);

test('what EMR refuses for its rate is asked for again after a while, the next time after longer', async () => {
  const world = workflowWorld({
    contracts: [contractOf({ engine: 'emr' })],
    adapters: failingIn('CreateCluster', 'EMR.AmazonElasticMapReduceException', THROTTLED, 2),
  });
  const seen = await world.run(world.upload('flights/a.csv', 'id,note\n1,x\n'));
  expect(seen.record.status).toBe('SUCCEEDED');
  expect(world.notices.published).toEqual([]);
  const [first = 0, second = 0, third = 0] = entered(seen, 'CreateCluster');
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
  const [waited = 0] = entered(redriven, 'WaitAgain').slice(-1);
  const [planned = 0] = entered(redriven, 'PlanRun').slice(-1);
  expect(planned - waited).toBeLessThanOrEqual(30);
});
