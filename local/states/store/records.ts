import type { HistoryEvent } from '../history/history-event.ts';
import type { Frame } from '../run/frame.ts';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** A state machine as created or last updated. Times are milliseconds since the epoch. */
export interface StateMachineRecord {
  readonly arn: string;
  readonly name: string;
  readonly definition: string;
  readonly roleArn: string;
  /** Absent until the first update, as on AWS. */
  readonly revisionId?: string | undefined;
  readonly createdMs: number;
  readonly updatedMs: number;
}

/** An execution but for its history and frames. The definition is the one it was started with. */
export interface ExecutionRecord {
  readonly arn: string;
  readonly name: string;
  readonly stateMachineArn: string;
  readonly stateMachineName: string;
  readonly definition: string;
  readonly revisionId?: string | undefined;
  readonly definedMs: number;
  readonly roleArn: string;
  /** As it was given, byte for byte. */
  readonly input: string;
  readonly startMs: number;
  /** Rises by one with each execution: lists are in its order where times are equal. */
  readonly sequence: number;
  status: ExecutionStatus;
  lastEventId: number;
  nextFrameId: number;
  stopMs?: number | undefined;
  output?: string | undefined;
  error?: string | undefined;
  cause?: string | undefined;
  /** When the execution's own TimeoutSeconds strikes. */
  deadlineMs?: number | undefined;
  redriveCount: number;
  redriveMs?: number | undefined;
  /** The client tokens of redrives, and when each began. */
  redriveTokens: { [token: string]: number };
}

/** What changed in one execution since it was last saved. */
export interface ExecutionChange {
  readonly record: ExecutionRecord;
  readonly events: readonly HistoryEvent[];
  readonly frames: readonly Frame[];
  readonly removedFrameIds: readonly number[];
}
