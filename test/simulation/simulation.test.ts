import { plants } from './plants.ts';
import { runHistories } from './run-histories.ts';

const WORKERS = 2;
const HISTORIES = 120;

test('every promise is kept, whatever fails', async () => {
  const { histories, counterexamples } = await runHistories({
    firstSeed: 1,
    histories: HISTORIES,
    workers: WORKERS,
  });
  expect(counterexamples.map(({ seed, broken }) => ({ seed, broken }))).toEqual([]);
  expect(histories).toBe(HISTORIES);
}, 240_000);

const MOST_HISTORIES = 5000;

test.each(plants)(
  'the simulation finds $name',
  async ({ name, foundBy }) => {
    const known = { firstSeed: foundBy, histories: 1, workers: 1, plant: name, untilBroken: true };
    const { counterexamples } = await runHistories(known);
    if (counterexamples.length > 0) return;
    const all = { firstSeed: 1, histories: MOST_HISTORIES, workers: WORKERS, plant: name, untilBroken: true };
    const report = await runHistories(all);
    expect(report.counterexamples).not.toEqual([]);
  },
  600_000,
);
