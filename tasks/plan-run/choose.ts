import type { Contract } from '../core/contract.ts';
import { TidegateError } from '../core/errors.ts';
import type { Candidate } from './candidates.ts';
import { Z90 } from './estimate/interval.ts';
import { type Priced, type Pricing, pricedOf, type Uncertainty } from './priced.ts';
import { allowedOf, type Constraints, ofEngine } from './setbacks/allowed.ts';
import type { Setback } from './setbacks/setback.ts';
import { hardestFor, type Shortage } from './setbacks/shortage.ts';
import { LONGEST_JOB_SECONDS } from './time-limit.ts';
import type { Workload } from './workload.ts';

/** The candidate that was chosen, and what it was chosen from. */
export interface Choice {
  best: Priced;
  /** Whether the promise is expected to be kept, before the workflow would end the job. */
  keeps: boolean;
  /** What was the second choice. */
  next: Priced | null;
  /** The fastest, and the cheapest whatever its time. */
  fastest: Priced;
  cheapest: Priced;
  /** All that were compared, cheapest first. */
  priced: readonly Priced[];
  keeping: number;
  workload: Workload;
  /** Runs of the dataset that the engine's times were learned from. */
  learnedFrom: Record<Candidate['engine'], number>;
  setbacks: readonly Setback[];
  /** The shortage of an earlier run that counts. */
  shortage: Shortage | null;
}

export interface Circumstances extends Constraints, Pricing {
  contract: Pick<Contract, 'latencySeconds' | 'maxCostPerRunUsd' | 'engine' | 'deliver'>;
}

/** So many times as slow as the fastest is always good enough: the last hundredths of the time may cost a multiple. */
export const ALMOST_FASTEST = 1.1;

/**
 * The cheapest candidate that is expected to keep the contract's latency promise, with a margin for what is uncertain, or
 * is about as fast as the fastest.
 * @throws TidegateError CostCapExceeded when that one costs more than the contract allows; as `allowedOf`.
 */
export function choose(workload: Workload, circumstances: Circumstances): Choice {
  const { contract, setbacks, shortages } = circumstances;
  const allowed = allowedOf(workload, circumstances);
  const uncertainty = uncertaintyOf(workload, circumstances);
  const priced = allowed.map((candidate) => pricedOf(candidate, workload, circumstances, uncertainty));
  const byCost = priced.toSorted(costFirst);
  const [cheapest, fastest] = [byCost[0] as Priced, priced.toSorted(timeFirst)[0] as Priced];
  const promise = Math.min(contract.latencySeconds, LONGEST_JOB_SECONDS);
  const almostFastest = fastest.safeSeconds * ALMOST_FASTEST;
  // One bound whether something keeps the promise or not, so that a tighter promise never leads to a slower plan; and none
  // that the workflow may end while another is done in time.
  const latest =
    fastest.safeSeconds <= LONGEST_JOB_SECONDS
      ? Math.min(Math.max(promise, almostFastest), LONGEST_JOB_SECONDS)
      : almostFastest;
  const [best = fastest, next = null] = byCost.filter(({ safeSeconds }) => safeSeconds <= latest);
  const cap = contract.maxCostPerRunUsd;
  if (cap !== null && best.expectedCostUsd > cap) {
    throw new TidegateError(
      'CostCapExceeded',
      `${best.name} would cost ${best.expectedCostUsd.toFixed(2)} USD, more than the cap of ${cap} USD; ` +
        (best.safeSeconds <= promise
          ? `nothing cheaper is done within the promised ${contract.latencySeconds} s.`
          : `nothing cheaper is nearly as fast as the fastest, and the promise is ${contract.latencySeconds} s.`),
    );
  }
  return {
    best,
    keeps: best.safeSeconds <= promise,
    next,
    fastest,
    cheapest,
    priced: byCost,
    keeping: priced.filter(({ safeSeconds }) => safeSeconds <= promise).length,
    workload,
    learnedFrom: { glue: circumstances.times.glue.runs, emr: circumstances.times.emr.runs },
    setbacks,
    shortage: hardestFor(workload.estimate.textBytes.value, shortages),
  };
}

/**
 * With a margin of its own for each engine, a tighter promise could lead to a slower plan: from an uncertain fast one
 * to a certain slow one. So the margin is that of the engine that is known best, and the other is doubted.
 */
function uncertaintyOf(
  { estimate: { textBytes }, workFactor, caution }: Workload,
  circumstances: Circumstances,
): Uncertainty {
  const { times } = circumstances;
  // Of all that the contract allows: an engine that has too little memory for more work must not make the other less doubted.
  const engines = [...new Set(ofEngine(circumstances).map(({ engine }) => engine))];
  const work = workFactor * textBytes.value;
  const deviation = Math.min(...engines.map((engine) => times[engine].deviation(work)));
  const known = Math.min(...engines.map((engine) => times[engine].leastDeviation));
  const ofEstimate = textBytes.value > 0 ? Math.log(textBytes.high / textBytes.value) / Z90 : 0;
  return {
    margin: Math.exp(caution * Math.hypot(deviation, ofEstimate)),
    doubt: {
      glue: Math.exp(times.glue.leastDeviation - known),
      emr: Math.exp(times.emr.leastDeviation - known),
    },
  };
}

const byName = (a: Priced, b: Priced): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
const costFirst = (a: Priced, b: Priced): number =>
  a.expectedCostUsd - b.expectedCostUsd || a.expectedSeconds - b.expectedSeconds || byName(a, b);
const timeFirst = (a: Priced, b: Priced): number =>
  a.expectedSeconds - b.expectedSeconds || a.expectedCostUsd - b.expectedCostUsd || byName(a, b);
