import type { Contract } from '../core/contract.ts';
import { TidegateError } from '../core/errors.ts';
import { type Candidate, memoryPerSlot, slotsOf } from './candidates.ts';
import { Z90 } from './estimate/interval.ts';
import { avoids, type Setback } from './setback.ts';
import type { TimeModel } from './time-model.ts';
import { type Workload, workBytes } from './workload.ts';

export type Priced = Candidate & {
  /** Of the Spark job alone. */
  jobSeconds: number;
  /** From the plan to BigQuery. */
  expectedSeconds: number;
  /** By then it is done, as far as can be promised. */
  safeSeconds: number;
  expectedCostUsd: number;
};

/** The candidate that was chosen, and what it was chosen from. */
export interface Choice {
  best: Priced;
  /** Whether the promise is expected to be kept. */
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
  setback: Setback | null;
}

export interface Circumstances {
  contract: Pick<Contract, 'latencySeconds' | 'maxCostPerRunUsd' | 'engine' | 'deliver'>;
  candidates: readonly Candidate[];
  times: Record<Candidate['engine'], TimeModel>;
  egressUsdPerGb: number;
  setback: Setback | null;
}

/** Before and after the job: pinning, checks, copies, BigQuery's load and merge. */
const OTHER_SECONDS = 90;
/** So many times as slow as the fastest is always good enough: the last hundredths of the time may cost a multiple. */
export const ALMOST_FASTEST = 1.1;
/** What CSV text comes to as Parquet. */
export const PARQUET_SHARE = 0.25;

/**
 * The cheapest candidate that is expected to keep the contract's latency promise, with a margin for what is uncertain, or
 * is about as fast as the fastest.
 * @throws TidegateError CostCapExceeded when that one costs more than the contract allows.
 */
export function choose(workload: Workload, circumstances: Circumstances): Choice {
  const { contract, setback } = circumstances;
  const allowed = allowedOf(workload, circumstances);
  const uncertainty = uncertaintyOf(workload, circumstances);
  const priced = allowed.map((candidate) => pricedOf(candidate, workload, circumstances, uncertainty));
  const byCost = priced.toSorted(costFirst);
  const [cheapest, fastest] = [byCost[0], priced.toSorted(timeFirst)[0]];
  // One bound whether something keeps the promise or not, so that a tighter promise never leads to a slower plan.
  const latest = Math.max(contract.latencySeconds, (fastest?.safeSeconds ?? 0) * ALMOST_FASTEST);
  const [best, next = null] = byCost.filter(({ safeSeconds }) => safeSeconds <= latest);
  if (!best || !cheapest || !fastest) {
    throw new TidegateError('ContractInvalid', `The price table has no ${contract.engine} compute.`);
  }
  const cap = contract.maxCostPerRunUsd;
  if (cap !== null && best.expectedCostUsd > cap) {
    throw new TidegateError(
      'CostCapExceeded',
      `${best.name} would cost ${best.expectedCostUsd.toFixed(2)} USD, more than the cap of ${cap} USD; ` +
        (best.safeSeconds <= contract.latencySeconds
          ? `nothing cheaper keeps the promise of ${contract.latencySeconds} s.`
          : `nothing cheaper is about as fast as the fastest, and the promise is ${contract.latencySeconds} s.`),
    );
  }
  return {
    best,
    keeps: best.safeSeconds <= contract.latencySeconds,
    next,
    fastest,
    cheapest,
    priced: byCost,
    keeping: priced.filter(({ safeSeconds }) => safeSeconds <= contract.latencySeconds).length,
    workload,
    learnedFrom: { glue: circumstances.times.glue.runs, emr: circumstances.times.emr.runs },
    setback,
  };
}

/** The candidates of the engine that the contract forces, or all. */
const ofEngine = (
  { engine: forced }: Pick<Contract, 'engine'>,
  candidates: readonly Candidate[],
): Candidate[] => candidates.filter(({ engine }) => forced === 'auto' || forced === engine);

/** What the contract's engine, the content's need of memory and an earlier failure leave; never nothing of the engine. */
function allowedOf(workload: Workload, { contract, candidates, setback }: Circumstances): Candidate[] {
  const forced = ofEngine(contract, candidates);
  const most = Math.max(...forced.map(memoryPerSlot));
  const roomy = forced.filter(
    (candidate) => memoryPerSlot(candidate) >= Math.min(workload.memoryGiBPerSlot, most),
  );
  if (!setback) return roomy;
  const better = roomy.filter((candidate) => avoids(setback, candidate));
  if (better.length > 0) return better;
  // Nothing has more memory for a slot: fewer slots, each with a smaller part of the data, or another try.
  const others = roomy.filter(
    ({ name, spotCount }) => name !== setback.plan.name && spotCount === 0 && !name.startsWith('warm'),
  );
  return others.length > 0 ? others : roomy;
}

interface Uncertainty {
  /** By how much the time may be longer than expected, as a factor: the same for all candidates. */
  margin: number;
  /** An engine of which less is known than of the other is expected to be slower by what is not known. */
  doubt: Record<Candidate['engine'], number>;
}

/**
 * With a margin of its own for each engine, a tighter promise could lead to a slower plan: from an uncertain fast one
 * to a certain slow one. So the margin is that of the engine that is known best, and the other is doubted.
 */
function uncertaintyOf(
  { estimate: { textBytes }, workFactor, caution }: Workload,
  { times, contract, candidates }: Circumstances,
): Uncertainty {
  // Of all that the contract allows: an engine that has too little memory for more work must not make the other less doubted.
  const engines = [...new Set(ofEngine(contract, candidates).map(({ engine }) => engine))];
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

function pricedOf(
  candidate: Candidate,
  workload: Workload,
  { times, contract, egressUsdPerGb }: Circumstances,
  { margin, doubt }: Uncertainty,
): Priced {
  const { engine, machine, startSeconds, minimumBilledSeconds, billedStartSeconds, usdPerHour } = candidate;
  const jobSeconds = times[engine].seconds(machine, workBytes(workload, slotsOf(candidate))) * doubt[engine];
  const expectedSeconds = startSeconds + jobSeconds + OTHER_SECONDS;
  const billed = Math.max(jobSeconds, minimumBilledSeconds) + billedStartSeconds;
  // At most all that was uploaded goes to Google.
  const changeSetGb = (workload.estimate.textBytes.value * PARQUET_SHARE) / 1e9;
  const egress = contract.deliver === 'bigquery' ? changeSetGb * egressUsdPerGb : 0;
  return {
    ...candidate,
    jobSeconds,
    expectedSeconds,
    // On the whole of it: starts are as uncertain as jobs.
    safeSeconds: expectedSeconds * margin,
    expectedCostUsd: (billed / 3600) * usdPerHour + egress,
  };
}

const byName = (a: Priced, b: Priced): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
const costFirst = (a: Priced, b: Priced): number =>
  a.expectedCostUsd - b.expectedCostUsd || a.expectedSeconds - b.expectedSeconds || byName(a, b);
const timeFirst = (a: Priced, b: Priced): number =>
  a.expectedSeconds - b.expectedSeconds || a.expectedCostUsd - b.expectedCostUsd || byName(a, b);
