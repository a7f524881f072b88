import { contractOf } from '../fakes/samples.ts';
import { workflowWorld } from './world.ts';

const UPLOADS = 1000;

test('a burst of 1,000 uploads is 1,000 short executions and at most 10 runs, and loses no row', async () => {
  const world = workflowWorld({
    contracts: [contractOf({ write: { mode: 'append', orderBy: null }, key: [] })],
  });
  for (let index = 0; index < UPLOADS; index += 1)
    world.start(world.upload(`flights/${index}.csv`, `id,note\n${index},x\n`), `upload-${index}`);
  await world.settled();

  const seen = world.executionArns().map((arn) => world.see(arn));
  expect(seen.filter(({ record }) => record.status !== 'SUCCEEDED')).toEqual([]);
  const runs = seen.filter(({ states }) => states.includes('VerifyOutput'));
  expect(runs.length).toBeLessThanOrEqual(10);
  const others = seen.filter(({ states }) => !states.includes('VerifyOutput'));
  expect(others.filter(({ states }) => states.length > 3)).toEqual([]);
  const ids = world.rowsOf('flights').map(({ id }) => Number(id));
  expect(ids.toSorted((a, b) => a - b)).toEqual(Array.from({ length: UPLOADS }, (_, id) => id));
}, 60_000);

test('a run takes no more bytes than the contract says, but a large file all the same', async () => {
  const world = workflowWorld({ contracts: [contractOf({ batch: { maxUploads: 100, maxBytes: 40 } })] });
  world.start(world.upload('flights/first.csv', 'id,note\n0,x\n'));
  for (const [key, rows] of [
    ['large', 20],
    ['a', 1],
    ['b', 1],
    ['c', 1],
    ['d', 1],
  ] as const)
    world.start(world.upload(`flights/${key}.csv`, `id,note\n${`${key.length},x\n`.repeat(rows)}`));
  await world.settled();
  const batches = world
    .executionArns()
    .map((arn) => world.see(arn).output as { uploads?: { uri: string }[] })
    .flatMap(({ uploads }) =>
      uploads ? [uploads.map(({ uri }) => uri.replace(/.*\/|\.csv/g, '')).toSorted()] : [],
    );
  expect(batches).toContainEqual(['large']);
  expect(batches.flat().toSorted()).toEqual(['a', 'b', 'c', 'd', 'first', 'large']);
  expect(Math.max(...batches.map(({ length }) => length))).toBe(3);
});
