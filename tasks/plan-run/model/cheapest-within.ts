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
const ENOUGH_ODDS = 0.5;
/** Expected times must be below the deadline by so many of their deviations: by few runs, and by many. */
const MARGIN = { few: 0.45, many: 0.9, runsBetween: 15 };
const Z90 = 1.645;

/**
 * The cheapest machines that are expected to keep a deadline with a job of any kind, judged by its runs on others; the
 * fastest, when none is.
 */
export function cheapestWithin<M extends PricedMachine>(
  candidates: readonly M[],
  features: Readonly<Record<string, number>>,
  deadlineSeconds: number,
  modelOf: (around: readonly Situation[]) => RuntimeModel,
): Chosen<M> | undefined {
  const machines = candidates.toSorted(byName);
  const situations = machines.map((machine) => ({ features, machine }));
  const model = modelOf(situations);
  const predictions = situations.map((situation) => model.predict(situation));
  const cost = (index: number): number => {
    const { pricePerHour, instanceCount } = machines[index] as M;
    return Math.log(pricePerHour * instanceCount) + timeOf(index);
  };
  const timeOf = (index: number): number => predictions[index]?.logMean ?? 0;
  const all = machines.map((_, index) => index);
  let keeping: number[];
  if (model.runs === 0) {
    const odds = promiseOdds(model, situations, deadlineSeconds);
    const enough = Math.min(ENOUGH_ODDS, Math.max(...odds));
    keeping = all.filter((index) => (odds[index] as number) >= enough);
  } else {
    // One margin for all candidates, so that a tighter deadline can never lead to a slower one.
    const squares = predictions.reduce((sum, { logDeviation }) => sum + logDeviation ** 2, 0);
    const deviation = Math.sqrt(squares / predictions.length);
    const grown = 1 - Math.exp(-model.runs / MARGIN.runsBetween);
    const margin = deviation * (MARGIN.few + (MARGIN.many - MARGIN.few) * grown);
    keeping = all.filter((index) => timeOf(index) + margin <= Math.log(deadlineSeconds));
  }
  const least = (of: readonly number[], ...orders: ((index: number) => number)[]): number | undefined =>
    of.toSorted(
      (a, b) => orders.map((order) => order(a) - order(b)).find((difference) => difference !== 0) ?? 0,
    )[0];
  const best = keeping.length > 0 ? least(keeping, cost, timeOf) : least(all, timeOf, cost);
  if (best === undefined) return undefined;
  const { logMean, logDeviation } = predictions[best] as (typeof predictions)[number];
  const bound = (side: number): number => Math.exp(logMean + side * Z90 * logDeviation);
  return { machine: machines[best] as M, seconds: Math.exp(logMean), low: bound(-1), high: bound(1) };
}

const byName = (a: PricedMachine, b: PricedMachine): number =>
  a.instanceType === b.instanceType
    ? a.instanceCount - b.instanceCount || a.pricePerHour - b.pricePerHour
    : a.instanceType < b.instanceType
      ? -1
      : 1;
