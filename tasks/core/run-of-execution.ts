import type { Execution } from './execution.ts';
import { datasetOf, requestOf } from './request.ts';
import { runIdOf } from './run-id.ts';

/** The run that an execution has, or would have been given; null when its input is of no known shape. */
export function runOfExecution(
  input: unknown,
  execution: Execution,
): { dataset: string; runId: string } | null {
  try {
    const dataset = datasetOf(requestOf(input));
    return { dataset, runId: runIdOf(execution.arn, new Date(execution.startTime)) };
  } catch {
    return null;
  }
}
