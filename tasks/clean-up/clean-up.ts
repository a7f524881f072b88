import type * as z from 'zod';
import { runIdOf } from '../core/run-id.ts';
import { findRun } from '../core/state-table/find-run.ts';
import { afterEnding } from './after-ending.ts';
import { changeEnding } from './change-ending.ts';
import type { CleanUpWorld } from './clean-up-world.ts';
import { giveUpRun } from './give-up-run.ts';
import type { failureSchema, inputSchema } from './input.ts';
import { sweep } from './sweep.ts';

/**
 * Leaves nothing behind of an execution that failed: no cluster, no job run, no held gate, nobody untold. Called by the
 * state CleanUp, by the rule on the execution's status, and by a schedule; however often, it comes to the same.
 */
export async function cleanUp(input: z.output<typeof inputSchema>, world: CleanUpWorld): Promise<object> {
  if ('sweep' in input) return sweep(world);
  if ('execution' in input) return afterFailure(input, world);
  const execution = await world.executions.describe(input.detail.executionArn);
  if (execution) await afterEnding(execution, world);
  return { status: execution?.status ?? null };
}

async function afterFailure(
  { execution, error, cause, messageId }: z.output<typeof failureSchema>,
  world: CleanUpWorld,
): Promise<object> {
  const { redriveCount } = execution;
  const failures: unknown[] = [];
  if (messageId !== '') {
    await changeEnding(execution, ({ alert }) => (alert === 'SENT' ? null : { alert: 'SENT' }), world).catch(
      (failure) => failures.push(failure),
    );
  }
  const run = await findRun(runIdOf(execution.arn, new Date(execution.startTime)), world.table);
  const done = run
    ? await giveUpRun(run.value, { error, cause, redriveCount }, world)
    : { clusters: [], jobRuns: [], released: true };
  if (failures.length > 0) throw failures[0];
  return done;
}
