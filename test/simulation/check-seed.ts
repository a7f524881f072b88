import fc from 'fast-check';
import type { History } from './history.ts';
import { type Calls, randomHistory } from './random-history.ts';
import { type Outcome, simulate, type Workflow } from './simulate.ts';

/** A history that was lived through, and what it came to. */
export interface Story {
  seed: number;
  history: History;
  /** What promise was broken, and how; empty: all were kept. */
  broken: string[];
  log: string[];
}

/** Shrinking stops after so many histories: what is left by then is small enough to read. */
const MAX_SHRINKS = 200;

/**
 * Lives through the history of a seed; one that breaks a promise is made as small as it can be and still break it.
 * @returns the story of the smallest one that does, or else of the seed's own if that is asked for.
 */
export async function checkSeed(
  seed: number,
  calls: Calls,
  workflow: Workflow,
  { shrinks, tells }: { shrinks: boolean; tells: boolean },
  seen: (outcome: Outcome) => void = () => {},
): Promise<Story | null> {
  let runs = 0;
  let promises: string | null = null;
  let own: History | null = null;
  let smallest: History | null = null;
  const property = fc.asyncProperty(randomHistory(calls), async (history) => {
    runs += 1;
    if (runs > MAX_SHRINKS) return;
    const outcome = await simulate(history, workflow);
    own ??= history;
    if (runs === 1) seen(outcome);
    if (outcome.broken.length === 0) return;
    promises ??= numbersOf(outcome.broken);
    if (![...promises].some((number) => numbersOf(outcome.broken).includes(number))) return;
    smallest = history;
    throw new Error('a promise is broken');
  });
  await fc.check(property, { seed, numRuns: 1, unbiased: true, endOnFailure: !shrinks });
  const told = smallest ?? (tells ? own : null);
  if (!told) return null;
  const { broken, world } = await simulate(told, workflow, true);
  return { seed, history: told, broken, log: world.log };
}

/** Which promises are broken: the first character of each. */
const numbersOf = (broken: string[]): string => [...new Set(broken.map(([number]) => number))].join('');
