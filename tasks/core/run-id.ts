import { createHash } from 'node:crypto';

/** The run of an execution, e.g. `20261123T201500Z-1a2b3c4d`: sorts by the execution's start, the same after a redrive. */
export function runIdOf(executionArn: string, startedAt: Date): string {
  const stamp = startedAt.toISOString().replace(/[-:]|\.\d+/g, '');
  return `${stamp}-${createHash('sha256').update(executionArn).digest('hex').slice(0, 8)}`;
}

/** When a run's execution was started, to the second. */
export const runStartOf = (runId: string): Date =>
  new Date(runId.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-.*$/, '$1-$2-$3T$4:$5:$6Z'));
