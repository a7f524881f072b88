import { runHistories } from './run-histories.ts';

const WORKERS = 2;
const HISTORIES = 200;

test('every promise is kept, whatever fails', async () => {
  const { histories, counterexamples } = await runHistories({
    firstSeed: 1,
    histories: HISTORIES,
    workers: WORKERS,
  });
  expect(counterexamples.map(({ seed, broken }) => ({ seed, broken }))).toEqual([]);
  expect(histories).toBe(HISTORIES);
}, 240_000);
