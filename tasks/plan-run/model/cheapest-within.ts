import { Z90 } from '../estimate/interval.ts';
import { type Machine, machineName, type Situation } from './encode.ts';
import { type Odds, promiseOdds } from './promise-odds.ts';
import type { Prediction, RuntimeModel } from './runtime-model.ts';

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
const ENOUGH_ODDS = 0.75;
/** What the odds to keep a deadline are worth: costs may rise by this power of them. */
const WORTH = 1.2;
/**
 * How sharply these odds fall around the deadline: 1.7 makes a logistic curve the normal one, and after many runs
 * bounds held more than they say in replays, so that times are taken to be off by three fifths of the deviation.
 */
const SHARPNESS = 1.7 / 0.6;
/** So much slower than the fastest is always good enough: the last hundredths of the time may cost a multiple. */
const ALMOST = Math.log(1.05);
/**
 * A deadline is there to be kept: where it looks out of reach the times are rather too long, so it is held to leave the fastest
 * so much more than it needs, or a deviation where that is less.
 */
const LEAST_ROOM = Math.log(1.1);
/** A machine of which less is known than of the middle one is expected to be slower by so much of the difference. */
const CAUTION = 0.4;
/**
 * Bounds of 90% are so many deviations away: few runs do not tell the deviation, so that they are those of a t distribution
 * (Cornish and Fisher's first term).
 */
const boundAfter = (runs: number): number =>
  runs === 0 ? Z90 : Z90 * (1 + (Z90 ** 2 + 1) / (4 * (runs + 2)));

/**
 * The machines that are worth most for a job of any kind with a deadline, judged by its runs on others: what they cost,
 * against the odds that they keep it.
 */
export function cheapestWithin<M extends PricedMachine>(
  candidates: readonly M[],
  features: Readonly<Record<string, number>>,
  deadlineSeconds: number,
  modelOf: (around: readonly Situation[]) => RuntimeModel,
): Chosen<M> | undefined {
  const machines = cheapestTwins(candidates);
  const situations = machines.map((machine) => ({ features, machine }));
  const model = modelOf(situations);
  const options =
    model.runs > 0
      ? weighed(model.predictAll(situations), machines, deadlineSeconds)
      : likely(promiseOdds(model, situations, deadlineSeconds), machines);
  const [best] = options.toSorted((a, b) => a.score - b.score || a.time - b.time);
  if (!best) return undefined;
  const { machine, time, logMean, logDeviation } = best;
  const away = boundAfter(model.runs) * logDeviation;
  return { machine, seconds: Math.exp(time), low: Math.exp(logMean - away), high: Math.exp(logMean + away) };
}

interface Option<M> extends Prediction {
  machine: M;
  /** The logarithm of the seconds that it is expected to take. */
  time: number;
  /** The least is the best. */
  score: number;
}

/** When runs are known: the odds to keep the deadline against the cost. */
function weighed<M extends PricedMachine>(
  predictions: readonly Prediction[],
  machines: readonly M[],
  deadlineSeconds: number,
): Option<M>[] {
  const deviation = commonDeviation(predictions);
  const times = predictions.map(
    ({ logMean, logDeviation }) => logMean + CAUTION * Math.max(0, logDeviation - deviation),
  );
  const fastest = Math.min(...times);
  const deadline = Math.max(Math.log(deadlineSeconds), fastest + Math.min(LEAST_ROOM, deviation));
  return machines.map((machine, index) => {
    const time = times[index] as number;
    const late = Math.max(time, fastest + ALMOST) - deadline;
    const score = logCost(machine, time) + WORTH * doubt(late / deviation);
    return { ...(predictions[index] as Prediction), machine, time, score };
  });
}

/** When none is: the cost of those whose odds are good enough, or as good as any. */
function likely<M extends PricedMachine>(odds: readonly Odds[], machines: readonly M[]): Option<M>[] {
  const enough = Math.min(ENOUGH_ODDS, Math.max(...odds.map(({ within }) => within)));
  return machines.flatMap((machine, index) => {
    const prediction = odds[index] as Odds;
    const time = prediction.logMean;
    return prediction.within < enough
      ? []
      : [{ ...prediction, machine, time, score: logCost(machine, time) }];
  });
}

const logCost = ({ pricePerHour, instanceCount }: PricedMachine, time: number): number =>
  Math.log(pricePerHour * instanceCount) + time;

/**
 * One deviation for all candidates, so that a tighter deadline can never lead to a slower one: that of the middle one (of
 * two the smaller).
 */
const commonDeviation = (predictions: readonly Prediction[]): number =>
  predictions.map(({ logDeviation }) => logDeviation).sort((a, b) => a - b)[
    Math.floor((predictions.length - 1) / 2)
  ] ?? 1;

/**
 * How doubtful it is that a time so many deviations above the deadline (below, as a rule) keeps it: the negative logarithm of
 * the odds. It is convex: the tighter a deadline is, the more being faster counts.
 */
const doubt = (deviations: number): number => {
  const steps = SHARPNESS * deviations;
  return Math.max(0, steps) + Math.log1p(Math.exp(-Math.abs(steps)));
};

/** In an order that does not depend on theirs; of machines that differ by nothing but their price the cheapest. */
function cheapestTwins<M extends PricedMachine>(candidates: readonly M[]): M[] {
  const sorted = candidates.toSorted(
    (a, b) =>
      (a.instanceType === b.instanceType ? 0 : a.instanceType < b.instanceType ? -1 : 1) ||
      a.instanceCount - b.instanceCount ||
      a.vcpu - b.vcpu ||
      a.memoryGiB - b.memoryGiB ||
      a.pricePerHour - b.pricePerHour,
  );
  return sorted.filter(
    (machine, at) => at === 0 || machineName(machine) !== machineName(sorted[at - 1] as M),
  );
}
