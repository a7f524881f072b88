import type { FailState, PassState, SucceedState } from '../definition/definition.ts';
import { StateFailed } from './failure.ts';
import { type Exit, evaluate, outputAndAssign, type Visit } from './state-visit.ts';

/** Output and Assign from the input, nothing else. */
export async function runPass(visit: Visit<PassState>): Promise<Exit> {
  return {
    next: visit.state.Next,
    ...(await outputAndAssign(visit, visit.state, visit.at.input, {})),
  };
}

export async function runSucceed(visit: Visit<SucceedState>): Promise<Exit> {
  const { output } = await outputAndAssign(visit, visit.state, visit.at.input, {});
  return { output, assigned: {} };
}

/** Always fails; Error and Cause may be expressions, and an absent one stays absent. */
export async function runFail(visit: Visit<FailState>): Promise<Exit> {
  const { Error: error, Cause: cause } = visit.state;
  throw new StateFailed({
    ...(error === undefined
      ? {}
      : { error: String(await evaluate(visit, error, 'Error', { expected: 'string' })) }),
    ...(cause === undefined
      ? {}
      : { cause: String(await evaluate(visit, cause, 'Cause', { expected: 'string' })) }),
  });
}
