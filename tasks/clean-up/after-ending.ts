import { type ErrorName, errorTable } from '../core/errors.ts';
import { lambdaCause } from '../core/failures/lambda-cause.ts';
import type { ExecutionState } from '../core/ports.ts';
import { runIdOf } from '../core/run-id.ts';
import { findRun } from '../core/state-table/find-run.ts';
import { alertOf } from '../core/telling/alert.ts';
import { changeEnding } from './change-ending.ts';
import type { CleanUpWorld } from './clean-up-world.ts';
import { giveUpRun } from './give-up-run.ts';
import { sendAlertOnce } from './send-alert-once.ts';

/**
 * Does what an execution that ended could not do itself: tells people if nobody did, stops what works for it, gives up
 * its run. It may have been aborted or have timed out, which no Catch ever sees, or its own clean-up failed. An
 * execution that runs, because it was redriven, is left alone.
 * @returns whether nothing of it is left: what was asked to end may take minutes.
 */
export async function afterEnding(execution: ExecutionState, world: CleanUpWorld): Promise<boolean> {
  const { arn, redriveCount, status, startedAt } = execution;
  if (status === 'RUNNING') return true;
  const run = await findRun(runIdOf(arn, startedAt), world.table);
  const failure = failureOf(execution);
  const failures: unknown[] = [];

  if (status !== 'SUCCEEDED') {
    const alert = alertOf({
      ...failure,
      state: null,
      execution,
      run: run?.value ?? null,
      attempt: run?.value.attempt ?? 0,
      links: [],
      stateMachineArn: world.stateMachineArn,
      destinationBucket: world.destinationBucket,
    });
    await sendAlertOnce(execution, alert, world).catch((error) => failures.push(error));
  }
  // A run that goes on after its execution went well was admitted by a function whose answer was lost: nobody was told
  // of it, and nobody works for it. Its uploads have not failed.
  const uploadsWaitAgain = status === 'SUCCEEDED';
  const isReleased = run
    ? (await giveUpRun(run.value, { ...failure, redriveCount, uploadsWaitAgain }, world)).released
    : true;
  if (isReleased) await changeEnding(execution, ({ clean }) => (clean ? null : { clean: true }), world);
  if (failures.length > 0) throw failures[0];
  return isReleased;
}

function failureOf({ status, error, cause }: ExecutionState): { error: ErrorName; cause: string } {
  if (status === 'ABORTED') {
    const told = [error, cause].filter(Boolean).join(': ');
    return { error: 'ExecutionAborted', cause: told || 'Somebody stopped the execution and gave no reason.' };
  }
  if (status === 'TIMED_OUT')
    return {
      error: 'ExecutionTimedOut',
      cause: 'The execution took longer than the state machine allows.',
    };
  const told = lambdaCause(cause ?? 'no cause given', false);
  if (error !== null && error in errorTable) return { error: error as ErrorName, cause: told };
  return { error: 'UnexpectedFailure', cause: `${error ?? 'no error name'}: ${told}` };
}
