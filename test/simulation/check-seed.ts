import fc from 'fast-check';
import type { History } from './history.ts';
import { type Calls, randomHistory } from './random-history.ts';
import { type Outcome, simulate, type Workflow } from './simulate.ts';

/** The smallest history found that breaks a promise. */
export interface Counterexample {
  seed: number;
  history: History;
  broken: string[];
  log: string[];
}

/** Shrinking stops after so many histories: what is left by then is small enough to read. */
const MAX_SHRINKS = 200;

/** Lives through the history of a seed; one that breaks a promise is made as small as it can be and still break it. */
export async function checkSeed(
  seed: number,
  calls: Calls,
  workflow: Workflow,
  shrinks: boolean,
  seen: (outcome: Outcome) => void = () => {},
): Promise<Counterexample | null> {
  let runs = 0;
  let promises: string | null = null;
  let smallest: History | null = null;
  const property = fc.asyncProperty(randomHistory(calls), async (history) => {
    runs += 1;
    if (runs > MAX_SHRINKS) return;
    const outcome = await simulate(history, workflow);
    if (runs === 1) seen(outcome);
    if (outcome.broken.length === 0) return;
    promises ??= numbersOf(outcome.broken);
    if (![...promises].some((number) => numbersOf(outcome.broken).includes(number))) return;
    smallest = history;
    throw new Error('a promise is broken');
  });
  await fc.check(property, { seed, numRuns: 1, unbiased: true, endOnFailure: !shrinks });
  if (!smallest) return null;
  const { broken, world } = await simulate(smallest, workflow, true);
  return { seed, history: smallest, broken, log: world.log };
}

/** Which promises are broken: the first character of each. */
const numbersOf = (broken: string[]): string => [...new Set(broken.map(([number]) => number))].join('');
