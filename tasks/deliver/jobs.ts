import { TidegateError } from '../core/errors.ts';
import { PASSING_REASONS } from '../core/failures/passing-reasons.ts';
import type { JobStatus, Warehouse } from '../core/google-ports.ts';
import type { Clock } from '../core/ports.ts';

/** The newest of a row of jobs, `<prefix>-1`, `<prefix>-2`, ...: a failed job's id is burned, so the next is tried. */
export interface NewestJob {
  /** 0 when none was started. */
  number: number;
  id: string;
  status: JobStatus | null;
  nextId: string;
}

export type FailedJob = Extract<JobStatus, { state: 'FAILED' }>;

const TRIES_PER_EXECUTION = 8;
const MAX_JOBS = 100;
const LONGEST_WAIT_SECONDS = 60;

/** The reason of a job that somebody cancelled, and of one that took longer than the project lets a job take. */
const STOPPED = 'stopped';
const OUT_OF_TIME = /timed out after/i;
/** Of a transaction that meets another, and of one that meets a statement outside of any; their reason is "invalidQuery". */
const CONCURRENT = /due to concurrent update/i;

/** @throws TidegateError ServiceUnavailable when no further job can be tried. */
export async function newestJob(prefix: string, warehouse: Warehouse): Promise<NewestJob> {
  let newest: NewestJob = { number: 0, id: '', status: null, nextId: `${prefix}-1` };
  while (newest.number < MAX_JOBS) {
    const status = await warehouse.job(newest.nextId);
    if (!status) return newest;
    const number = newest.number + 1;
    newest = { number, id: newest.nextId, status, nextId: `${prefix}-${number + 1}` };
  }
  throw new TidegateError(
    'ServiceUnavailable',
    `All ${MAX_JOBS} jobs ${prefix}-n were tried; replay the uploads.`,
  );
}

/** Whether the work of a failed job may succeed when it is done again. */
export const passes = ({ reason, message }: FailedJob): boolean =>
  (reason === STOPPED && !OUT_OF_TIME.test(message)) ||
  PASSING_REASONS.has(reason) ||
  CONCURRENT.test(message);

/** Polls seldom what takes long: an execution has 25,000 events. */
export function waitForRunning(
  id: string,
  { createdAt }: { createdAt: Date },
  clock: Clock,
): { done: false; waitSeconds: number; waitingFor: string } {
  const elapsed = (clock.now().getTime() - createdAt.getTime()) / 1000;
  return {
    done: false,
    waitSeconds: Math.ceil(Math.min(Math.max(elapsed / 4, 1), LONGEST_WAIT_SECONDS)),
    waitingFor: id,
  };
}

/**
 * Waits the longer the more tries there were; the next call then begins the next one.
 * @throws TidegateError ServiceUnavailable when there were too many for one execution; a redrive tries on.
 */
export function waitAfterFailure(
  id: string,
  number: number,
  { reason, message }: FailedJob,
): { done: false; waitSeconds: number; waitingFor: string } {
  if (number % TRIES_PER_EXECUTION === 0)
    throw new TidegateError(
      'ServiceUnavailable',
      `Job ${id} failed like the jobs before it: ${reason}: ${message}`,
    );
  return { done: false, waitSeconds: Math.min(2 ** number, LONGEST_WAIT_SECONDS), waitingFor: '' };
}
