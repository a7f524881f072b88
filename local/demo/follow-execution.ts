import { setTimeout as wait } from 'node:timers/promises';
import {
  DescribeExecutionCommand,
  type ExecutionStatus,
  type HistoryEvent,
  paginateGetExecutionHistory,
  paginateListExecutions,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import { cut, seconds, WIDTH } from './table.ts';
import { type StateVisit, Timeline } from './timeline.ts';

export interface FollowedExecution {
  arn: string;
  status: ExecutionStatus;
  startedAt: Date;
  tookMs: number;
  visits: StateVisit[];
  error: string | null;
  cause: string | null;
}

const POLL_MS = 300;
/** An event is delivered within a second; nothing comes of waiting longer than this. */
const START_LIMIT_MS = 30_000;

/** The execution that the upload's event started. @throws Error when none was within half a minute. */
export async function executionOf(
  sfn: SFNClient,
  stateMachineArn: string,
  upload: { key: string; versionId: string },
): Promise<string> {
  const deadline = Date.now() + START_LIMIT_MS;
  const others = new Set<string>();
  while (Date.now() < deadline) {
    for await (const page of paginateListExecutions({ client: sfn }, { stateMachineArn }))
      for (const { executionArn = '' } of page.executions ?? []) {
        if (others.has(executionArn)) continue;
        const { input = '{}' } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
        const { detail } = JSON.parse(input) as {
          detail?: { object?: { key?: string; 'version-id'?: string } };
        };
        if (detail?.object?.key === upload.key && detail.object['version-id'] === upload.versionId)
          return executionArn;
        others.add(executionArn);
      }
    await wait(POLL_MS);
  }
  throw new Error(`No execution was started for ${upload.key}; see .local/logs/services.log.`);
}

/** Shows every state as it passes, until the execution ends. */
export async function followExecution(
  sfn: SFNClient,
  executionArn: string,
  output: NodeJS.WriteStream,
): Promise<FollowedExecution> {
  const timeline = new Timeline();
  let seen = 0;
  for (;;) {
    // Described first: what ended it is then in the history that is read afterwards.
    const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    const events = await historyOf(sfn, executionArn);
    clearLine(output);
    for (const visit of timeline.add(events.slice(seen))) output.write(`${lineOf(visit)}\n`);
    seen = events.length;
    const startedAt = execution.startDate ?? new Date(0);
    if (execution.status !== 'RUNNING')
      return {
        arn: executionArn,
        status: execution.status ?? 'FAILED',
        startedAt,
        tookMs: (execution.stopDate?.getTime() ?? Date.now()) - startedAt.getTime(),
        visits: timeline.visits,
        error: execution.error ?? null,
        cause: execution.cause ?? null,
      };
    const { current } = timeline;
    if (current && output.isTTY)
      output.write(
        `  ${seconds(current.enteredMs).padStart(7)}  ${current.name} … ${seconds(Date.now() - startedAt.getTime() - current.enteredMs)}`,
      );
    await wait(POLL_MS);
  }
}

async function historyOf(sfn: SFNClient, executionArn: string): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  for await (const page of paginateGetExecutionHistory({ client: sfn }, { executionArn, maxResults: 1000 }))
    events.push(...(page.events ?? []));
  return events;
}

function clearLine(output: NodeJS.WriteStream): void {
  if (!output.isTTY) return;
  output.cursorTo(0);
  output.clearLine(0);
}

function lineOf({ name, depth, enteredMs, tookMs, output, error }: StateVisit): string {
  const indented = `${'  '.repeat(depth)}${name}`;
  const told = error ? `✗ ${error}` : detailOf(output);
  return cut(
    `  ${seconds(enteredMs).padStart(7)}  ${indented.padEnd(20)} ${seconds(tookMs).padStart(7)}  ${told}`,
    WIDTH,
  ).trimEnd();
}

/** What of a state's output says something to a person. */
const TOLD = ['outcome', 'reason', 'runId', 'engine', 'clusterId', 'stepId', 'jobRunId'];

function detailOf(output: string | null): string {
  const value: unknown = output === null ? null : JSON.parse(output);
  if (typeof value !== 'object' || value === null) return '';
  return TOLD.map((name) => (value as Record<string, unknown>)[name])
    .filter((member) => typeof member === 'string' && member !== '')
    .join('  ');
}
