import type { Contract } from '../core/contract.ts';
import { TidegateError } from '../core/errors.ts';
import type { FileEstimate } from './estimate/file-estimate.ts';
import type { Prices } from './prices.ts';

interface Priced {
  /** For people, e.g. "Glue 4 x G.1X". */
  name: string;
  slots: number;
  expectedSeconds: number;
  expectedCostUsd: number;
}

export type GlueCandidate = Priced & {
  engine: 'glue';
  workerType: string;
  numberOfWorkers: number;
  timeoutMinutes: number;
};
export type EmrCandidate = Priced & {
  engine: 'emr';
  instanceType: string;
  instanceCount: number;
  memoryGiB: number;
};
export type Candidate = GlueCandidate | EmrCandidate;

/** The candidate that was chosen, and why, for people. */
export type Choice = Candidate & { explanation: string; features: FileEstimate };

const MEGABYTE = 1_000_000;
/** Seconds that a job takes whatever its input: session, catalog, commits. */
const FIXED_SECONDS = 30;
/** A run may take so many times longer than expected before Glue ends it. */
const TIMEOUT_FACTOR = 6;
const MINIMUM_TIMEOUT_MINUTES = 15;

/**
 * The cheapest candidate whose expected time keeps the contract's latency promise; when none does, the fastest.
 * @throws TidegateError CostCapExceeded when even the cheapest costs more than the contract allows.
 */
export function choose(estimate: FileEstimate, contract: Contract, prices: Prices): Choice {
  const candidates = candidatesFor(estimate, prices).filter(
    ({ engine }) => contract.engine === 'auto' || contract.engine === engine,
  );
  const promise = contract.latencySeconds;
  const keeping = candidates.filter(({ expectedSeconds }) => expectedSeconds <= promise);
  const byCost = (a: Candidate, b: Candidate) =>
    a.expectedCostUsd - b.expectedCostUsd ||
    a.expectedSeconds - b.expectedSeconds ||
    (a.name < b.name ? -1 : 1);
  const byTime = (a: Candidate, b: Candidate) => a.expectedSeconds - b.expectedSeconds || byCost(a, b);
  const [best, next] = keeping.length > 0 ? keeping.sort(byCost) : candidates.sort(byTime);
  if (!best) throw new TidegateError('ContractInvalid', `The price table has no ${contract.engine} compute.`);
  const cap = contract.maxCostPerRunUsd;
  if (cap !== null && best.expectedCostUsd > cap) {
    throw new TidegateError(
      'CostCapExceeded',
      `${best.name} would cost ${usd(best)}, more than the cap of ${cap} USD; nothing cheaper keeps the promise of ${promise} s.`,
    );
  }
  const explanation = [
    `${Math.round(estimate.textBytes.value / MEGABYTE)} MB of text, about ${estimate.rows.value} rows of ${contract.columns.length} columns.`,
    contract.engine === 'auto' ? '' : `The contract asks for ${contract.engine}.`,
    `${best.name}: about ${Math.round(best.expectedSeconds)} s and ${usd(best)};`,
    keeping.length > 0
      ? `the cheapest within ${promise} s.`
      : `nothing keeps ${promise} s, this is the fastest.`,
    next ? `Next: ${next.name}, ${Math.round(next.expectedSeconds)} s and ${usd(next)}.` : '',
  ];
  return { ...best, explanation: explanation.filter(Boolean).join(' '), features: estimate };
}

const usd = ({ expectedCostUsd }: Priced): string => `${expectedCostUsd.toFixed(4)} USD`;

function candidatesFor(estimate: FileEstimate, prices: Prices): Candidate[] {
  const egressUsd = (estimate.storedBytes / 1e9) * prices.egressUsdPerGb;
  const price = (
    engine: Prices['glue'] | Prices['emr'],
    { slots, usdPerHour }: { slots: number; usdPerHour: number },
    working: number,
    billed: number,
  ) => {
    const seconds = FIXED_SECONDS + workSeconds(estimate, engine.secondsPerMegabyteAndSlot, slots * working);
    const billedSeconds = Math.max(seconds, engine.minimumBilledSeconds);
    return { slots: slots * working, seconds, usd: (billedSeconds / 3600) * usdPerHour * billed + egressUsd };
  };
  const glue = prices.glue.workers.flatMap((worker) =>
    worker.counts.map((count): GlueCandidate => {
      // One worker is the driver.
      const { slots, seconds, usd: cost } = price(prices.glue, worker, Math.max(count - 1, 1), count);
      return {
        engine: 'glue',
        name: `Glue ${count} x ${worker.type}`,
        workerType: worker.type,
        numberOfWorkers: count,
        slots,
        expectedSeconds: seconds + prices.glue.startSeconds,
        expectedCostUsd: cost,
        timeoutMinutes: Math.max(MINIMUM_TIMEOUT_MINUTES, Math.ceil((seconds * TIMEOUT_FACTOR) / 60)),
      };
    }),
  );
  const emr = prices.emr.instances.flatMap((instance) =>
    instance.counts.map((count): EmrCandidate => {
      // The primary node is one more; EMR bills its start too.
      const { slots, seconds, usd: cost } = price(prices.emr, instance, count, count + 1);
      const startUsd = (prices.emr.startSeconds / 3600) * instance.usdPerHour * (count + 1);
      return {
        engine: 'emr',
        name: `EMR ${count} x ${instance.type}`,
        instanceType: instance.type,
        instanceCount: count,
        memoryGiB: instance.memoryGiB,
        slots,
        expectedSeconds: seconds + prices.emr.startSeconds,
        expectedCostUsd: cost + startUsd,
      };
    }),
  );
  return [...glue, ...emr];
}

/** More slots do not help a file that one task must read. */
function workSeconds(estimate: FileEstimate, rate: number, slots: number): number {
  const splittable = estimate.textBytes.value - estimate.unsplittableBytes;
  return ((splittable / slots + estimate.unsplittableBytes) / MEGABYTE) * rate;
}
