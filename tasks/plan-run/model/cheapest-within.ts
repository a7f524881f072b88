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
const ENOUGH_ODDS = 0.55;
/** Expected times must be below the deadline by so many of their deviations: by few runs, and by many. */
const MARGIN = { few: 0.45, many: 0.9, runsBetween: 15 };
/** So much slower than the fastest is always good enough: the last hundredths of the time may cost a multiple. */
const ALMOST = Math.log(1.05);
const Z90 = 1.645;

/**
 * The cheapest machines that are expected to keep a deadline with a job of any kind, judged by its runs on others; when
 * none is, the cheapest of those that are about as fast as the fastest.
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
  const costs = machines.map(({ pricePerHour, instanceCount }, index) => {
    // The mean of a log-normal time: one that may be far longer than expected costs more than it seems.
    const doubt = (predictions[index]?.logDeviation ?? 0) ** 2 / 2;
    return Math.log(pricePerHour * instanceCount) + timeOf(index) + (known ? doubt : 0);
  });
  const fastest = Math.min(...all.map(({ index }) => timeOf(index)));
  const enough = Math.min(ENOUGH_ODDS, Math.max(...odds.map(({ within }) => within)));
  const margin = known ? marginOf(predictions, model.runs) : 0;
  const latest = Math.max(Math.log(deadlineSeconds) - margin, fastest + ALMOST);
  const keeps = (index: number): boolean =>
    known ? timeOf(index) <= latest : (odds[index]?.within ?? 0) >= enough;
  const keeping = all.filter(({ index }) => keeps(index));
  const choosable =
    keeping.length > 0 ? keeping : all.filter(({ index }) => timeOf(index) <= fastest + ALMOST);
  const [best] = choosable.toSorted(
    (a, b) =>
      (costs[a.index] as number) - (costs[b.index] as number) ||
      timeOf(a.index) - timeOf(b.index) ||
      a.index - b.index,
  );
  const prediction = best && predictions[best.index];
  if (!prediction) return undefined;
  const { logMean, logDeviation } = prediction;
  const bound = (side: number): number => Math.exp(logMean + side * Z90 * logDeviation);
  return { machine: best.machine, seconds: Math.exp(logMean), low: bound(-1), high: bound(1) };
}

/** One margin for all candidates, so that a tighter deadline can never lead to a slower one. */
function marginOf(predictions: readonly { logDeviation: number }[], runs: number): number {
  const squares = predictions.reduce((sum, { logDeviation }) => sum + logDeviation ** 2, 0);
  const grown = 1 - Math.exp(-runs / MARGIN.runsBetween);
  return Math.sqrt(squares / predictions.length) * (MARGIN.few + (MARGIN.many - MARGIN.few) * grown);
}

const byName = (a: PricedMachine, b: PricedMachine): number =>
  a.instanceType === b.instanceType
    ? a.instanceCount - b.instanceCount || a.pricePerHour - b.pricePerHour
    : a.instanceType < b.instanceType
      ? -1
      : 1;
