import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  paginateGetExecutionHistory,
  paginateListExecutions,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { ExecutionState, Executions } from '../core/ports.ts';

/** An execution runs for up to two days, and can be redriven for 14 more. */
const OLDEST_START_MS = 30 * 24 * 3_600_000;

export class SfnExecutions implements Executions {
  readonly #sfn: SFNClient;
  readonly #stateMachineArn: string;

  constructor(sfn: SFNClient, stateMachineArn: string) {
    this.#sfn = sfn;
    this.#stateMachineArn = stateMachineArn;
  }

  async start(name: string, input: unknown): Promise<void> {
    try {
      await this.#sfn.send(
        new StartExecutionCommand({
          stateMachineArn: this.#stateMachineArn,
          name,
          input: JSON.stringify(input),
        }),
      );
    } catch (error) {
      if (!(error instanceof ExecutionAlreadyExists)) throw error;
    }
  }

  async describe(executionArn: string): Promise<ExecutionState | null> {
    try {
      const found = await this.#sfn.send(new DescribeExecutionCommand({ executionArn }));
      return {
        arn: executionArn,
        name: found.name ?? '',
        status: found.status === 'PENDING_REDRIVE' ? 'RUNNING' : (found.status ?? 'RUNNING'),
        startedAt: found.startDate ?? new Date(0),
        redriveCount: found.redriveCount ?? 0,
        input: JSON.parse(found.input ?? 'null'),
        error: found.error ?? null,
        cause: found.cause ?? null,
      };
    } catch (error) {
      if (error instanceof ExecutionDoesNotExist) return null;
      throw error;
    }
  }

  async endedBadlySince(time: Date): Promise<{ arn: string; redriveCount: number }[]> {
    const found: { arn: string; redriveCount: number }[] = [];
    const oldestStart = time.getTime() - OLDEST_START_MS;
    for (const statusFilter of ['FAILED', 'TIMED_OUT', 'ABORTED'] as const) {
      const query = { stateMachineArn: this.#stateMachineArn, statusFilter, maxResults: 1000 };
      for await (const { executions = [] } of paginateListExecutions({ client: this.#sfn }, query)) {
        for (const { executionArn: arn, stopDate, redriveCount = 0 } of executions)
          if (arn && stopDate && stopDate >= time) found.push({ arn, redriveCount });
        // Newest first: by the end, says the API Reference. This holds for an order by the start as well.
        const oldest = executions.at(-1)?.startDate;
        if (oldest && oldest.getTime() < oldestStart) break;
      }
    }
    return found;
  }

  async outputsOf(executionArn: string, stateName: string): Promise<unknown[]> {
    const found: unknown[] = [];
    const query = { executionArn, reverseOrder: true, maxResults: 1000 };
    for await (const { events = [] } of paginateGetExecutionHistory({ client: this.#sfn }, query)) {
      for (const { type, stateExitedEventDetails: exited } of events) {
        if (type === 'ExecutionRedriven') return found;
        if (exited?.name === stateName && exited.output) found.push(JSON.parse(exited.output));
      }
    }
    return found;
  }
}
