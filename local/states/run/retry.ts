import type { Catcher, Retrier } from '../definition/definition.ts';
import type { Failure } from './failure.ts';

/** Whether an ErrorEquals list covers an error's name. A failure without a name is covered by States.ALL alone. */
export function matchesError(errorEquals: readonly string[], { error, alias }: Failure): boolean {
  // States.Runtime always ends the execution, and no wildcard covers a limit (concepts-error-handling).
  if (error === 'States.Runtime') return false;
  return errorEquals.some((name) => {
    if (name === error || (alias !== undefined && name === alias)) return true;
    if (error === 'States.DataLimitExceeded') return false;
    if (name === 'States.ALL') return true;
    return name === 'States.TaskFailed' && error !== undefined && error !== 'States.Timeout';
  });
}

/**
 * The retry that a failure gets, if any: which Retrier gives it, and after how many seconds. `used` counts the
 * retries that each Retrier has given in this visit of the state.
 */
export function nextRetry(
  retriers: readonly Retrier[],
  failure: Failure,
  used: readonly number[],
  random: () => number,
): { retrier: number; delaySeconds: number } | undefined {
  const index = retriers.findIndex((retrier) => matchesError(retrier.ErrorEquals, failure));
  const retrier = retriers[index];
  if (!retrier) return undefined;
  const attempts = used[index] ?? 0;
  if (attempts >= (retrier.MaxAttempts ?? 3)) return undefined;
  const backoff = (retrier.IntervalSeconds ?? 1) * (retrier.BackoffRate ?? 2) ** attempts;
  const delaySeconds = Math.min(backoff, retrier.MaxDelaySeconds ?? Number.POSITIVE_INFINITY);
  return {
    retrier: index,
    delaySeconds: retrier.JitterStrategy === 'FULL' ? random() * delaySeconds : delaySeconds,
  };
}

/** The first Catcher that covers an error, and its number. */
export function findCatcher(
  catchers: readonly Catcher[],
  failure: Failure,
): { catcher: Catcher; index: number } | undefined {
  const index = catchers.findIndex((catcher) => matchesError(catcher.ErrorEquals, failure));
  const catcher = catchers[index];
  return catcher && { catcher, index };
}
