import type { Contract } from '../core/contract.ts';
import { type Candidate, machineOfSlots, slotsOf } from './candidates.ts';
import type { TimeModel } from './time-model.ts';
import { type Workload, workBytes } from './workload.ts';

/** A candidate with how long a run would take on it, and what it would cost. */
export type Priced = Candidate & {
  /** Of the Spark job alone. */
  jobSeconds: number;
  /** From the plan to BigQuery. */
  expectedSeconds: number;
  /** By then it is done, as far as can be promised. */
  safeSeconds: number;
  expectedCostUsd: number;
};

/** What times and prices follow from. */
export interface Pricing {
  contract: Pick<Contract, 'deliver'>;
  times: Record<Candidate['engine'], TimeModel>;
  egressUsdPerGb: number;
}

export interface Uncertainty {
  /** By how much the time may be longer than expected, as a factor: the same for all candidates. */
  margin: number;
  /** An engine of which less is known than of the other is expected to be slower by what is not known. */
  doubt: Record<Candidate['engine'], number>;
}

/** Before and after the job: pinning, checks, copies, BigQuery's load and merge. */
const OTHER_SECONDS = 90;
/** What CSV text comes to as Parquet. */
export const PARQUET_SHARE = 0.25;

export function pricedOf(
  candidate: Candidate,
  workload: Workload,
  { times, contract, egressUsdPerGb }: Pricing,
  { margin, doubt }: Uncertainty,
): Priced {
  const { engine, startSeconds, minimumBilledSeconds, billedStartSeconds, usdPerHour } = candidate;
  const jobSeconds =
    times[engine].seconds(machineOfSlots(candidate), workBytes(workload, slotsOf(candidate))) * doubt[engine];
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
