import type { Machine, Situation } from './encode.ts';
import { promiseOdds } from './promise-odds.ts';
import type { RuntimeModel } from './runtime-model.ts';

export interface PricedMachine extends Machine {
  /** Of one instance. */
  pricePerHour: number;
}

/** A machine that was chosen for a job, and the seconds that it is expected to take, between bounds of 90%. */
export interface Chosen<M> {
  machine: M;
  seconds: number;
  low: number;
  high: number;
}

/** With no run known, these odds are enough: they err on the careful side. */
const ENOUGH_ODDS = 0.6;
/** So much of its cost a job is worth keeping its deadline, and how sharply the odds to miss it fall (see `missed`). */
const WORTH = 1.25;
const SHARPNESS = 1.7 / 0.6;
/** So much slower than the fastest is always good enough: the last hundredths of the time may cost a multiple. */
const ALMOST = Math.log(1.05);
const Z90 = 1.645;

/**
 * The machines that are worth most for a job of any kind with a deadline, judged by its runs on others: what they cost,
 * against the odds that they miss it. When none keeps it, the cheapest of those that are about as fast as the fastest.
 */
export function cheapestWithin<M extends PricedMachine>(
  candidates: readonly M[],
  features: Readonly<Record<string, number>>,
  deadlineSeconds: number,
  modelOf: (around: readonly Situation[]) => RuntimeModel,
): Chosen<M> | undefined {
  const machines = candidates.toSorted(byName);
  const all = machines.map((machine, index) => ({ machine, index }));
  const situations = machines.map((machine) => ({ features, machine }));
  const model = modelOf(situations);
  const known = model.runs > 0;
  const odds = known ? [] : promiseOdds(model, situations, deadlineSeconds);
  const predictions = known ? model.predictAll(situations) : odds;
  const timeOf = (index: number): number => predictions[index]?.logMean ?? 0;
  // What is known well is worth more than what may be cheaper: a time is paid for as if it were a deviation longer.
  const costs = machines.map(
    ({ pricePerHour, instanceCount }, index) =>
      Math.log(pricePerHour * instanceCount) +
      timeOf(index) +
      (known ? (predictions[index]?.logDeviation ?? 0) : 0),
  );
  const fastest = Math.min(...all.map(({ index }) => timeOf(index)));
  const deviation = commonDeviation(predictions);
  const late = (index: number): number =>
    Math.max(timeOf(index), fastest + ALMOST) - Math.log(deadlineSeconds);
  const scores = costs.map((cost, index) => cost + (known ? WORTH * missed(late(index) / deviation) : 0));
  const enough = Math.min(ENOUGH_ODDS, Math.max(...odds.map(({ within }) => within)));
  const [best] = all
    .filter(({ index }) => known || (odds[index]?.within ?? 0) >= enough)
    .toSorted(
      (a, b) =>
        (scores[a.index] as number) - (scores[b.index] as number) ||
        timeOf(a.index) - timeOf(b.index) ||
        a.index - b.index,
    );
  const prediction = best && predictions[best.index];
  if (!prediction) return undefined;
  const { logMean, logDeviation } = prediction;
  const bound = (side: number): number => Math.exp(logMean + side * Z90 * logDeviation);
  return { machine: best.machine, seconds: Math.exp(logMean), low: bound(-1), high: bound(1) };
}

/**
 * One deviation for all candidates, so that a tighter deadline can never lead to a slower one: that of those known well,
 * for these are chosen among.
 */
const commonDeviation = (predictions: readonly { logDeviation: number }[]): number =>
  predictions.map(({ logDeviation }) => logDeviation).sort((a, b) => a - b)[
    Math.floor(predictions.length / 4)
  ] ?? 1;

/**
 * The odds that a time so many deviations above the deadline (below, as a rule) misses it; beyond it more than that. It
 * must be convex: then the tighter a deadline is, the more being faster counts.
 */
const missed = (deviations: number): number => {
  const steps = SHARPNESS * deviations;
  return steps <= 0 ? 1 / (1 + Math.exp(-steps)) : 0.5 + steps / 4 + steps ** 2;
};

const byName = (a: PricedMachine, b: PricedMachine): number =>
  a.instanceType === b.instanceType
    ? a.instanceCount - b.instanceCount || a.pricePerHour - b.pricePerHour
    : a.instanceType < b.instanceType
      ? -1
      : 1;
