import type { Priced } from './priced.ts';

/** No job gets longer: an execution has two days, so that one that is lost near its end can be run once more. */
export const LONGEST_JOB_SECONDS = 86_400;

/** Below the longest a job may take so many times its expected time and its upper bound, and so long anyway. */
const TIMES = { expected: 6, atMost: 2 };
const LEAST_SECONDS = { glue: 20 * 60, emr: 12 * 3600 };

/**
 * The workflow waits so long for the job of a plan; then it ends it.
 * @param timeouts how many attempts of the run took longer than their limit: each doubles it.
 * @param leastSeconds no first limit is shorter; 0 where jobs run on the machines that the plan names.
 */
export function jobLimitSeconds(
  { engine, jobSeconds, safeSeconds }: Pick<Priced, 'engine' | 'jobSeconds' | 'safeSeconds'>,
  timeouts: number,
  leastSeconds: number,
): number {
  const first = Math.max(
    leastSeconds,
    LEAST_SECONDS[engine],
    jobSeconds * TIMES.expected,
    safeSeconds * TIMES.atMost,
  );
  return Math.ceil(Math.min(LONGEST_JOB_SECONDS, first * 2 ** timeouts));
}
