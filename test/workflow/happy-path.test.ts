import { contractOf } from '../fakes/samples.ts';
import { workflowWorld } from './world.ts';

const MAX_TRANSITIONS = 30;

test.each([['glue'], ['emr']] as const)('an upload becomes rows in BigQuery through %s', async (engine) => {
  const world = workflowWorld({ contracts: [contractOf({ engine })] });
  const seen = await world.run(world.upload('flights/a.csv', 'id,note\n1,x\n2,y\n'));
  expect(seen.record).toMatchObject({ status: 'SUCCEEDED' });
  expect(world.rowsOf('flights').map(({ id, note }) => [id, note])).toEqual([
    [1, 'x'],
    [2, 'y'],
  ]);
  expect(seen.output).toMatchObject({
    uploads: [{ uri: 's3://source/flights/a.csv', status: 'LOADED', read: 2 }],
  });
  expect(world.notices.published).toEqual([]);
  const polls = new Set(['Deliver', 'Delivered?', 'WaitDelivery', 'PinInput', 'CopyBatch']);
  expect(seen.states.filter((name) => !polls.has(name)).length + 2).toBeLessThanOrEqual(MAX_TRANSITIONS);
});
