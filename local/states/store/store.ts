import type { HistoryEvent } from '../history/history-event.ts';
import type { Frame } from '../run/frame.ts';
import type { ExecutionChange, ExecutionRecord, ExecutionStatus, StateMachineRecord } from './records.ts';

/** Where state machines and executions are kept. Each call is complete when it returns. */
export interface Store {
  putStateMachine(machine: StateMachineRecord): void;
  stateMachine(arn: string): StateMachineRecord | undefined;
  /** In the order of their creation. */
  stateMachines(): StateMachineRecord[];
  removeStateMachine(arn: string): void;

  execution(arn: string): ExecutionRecord | undefined;
  /** By the time that `listedMs` gives them, newest first. */
  executions(filter: ExecutionFilter): ExecutionRecord[];
  runningExecutions(): ExecutionRecord[];
  frames(arn: string): Frame[];
  /** Events with firstId <= id <= lastId, in their order. */
  events(arn: string, firstId: number, lastId: number): HistoryEvent[];
  /** The highest sequence of any execution, 0 without one. */
  lastSequence(): number;

  /** Saves all the changes or, if the process dies meanwhile, none. */
  save(changes: readonly ExecutionChange[]): void;
  close(): void;
}

interface ExecutionFilter {
  readonly stateMachineArn: string;
  readonly status?: ExecutionStatus | undefined;
  readonly redriven?: boolean | undefined;
  /** Only those that come after this one in the list's order. */
  readonly after?: { readonly listedMs: number; readonly sequence: number } | undefined;
  readonly limit: number;
}
