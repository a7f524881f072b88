import type { HistoryEvent } from '../history/history-event.ts';
import type { Frame } from '../run/frame.ts';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** Settings of a state machine that have no effect here, as they were given. */
export interface Settings {
  readonly loggingConfiguration?: object | undefined;
  readonly tracingConfiguration?: object | undefined;
  readonly encryptionConfiguration?: object | undefined;
}

/** A state machine as created or last updated. Times are milliseconds since the epoch. */
export interface StateMachineRecord {
  readonly arn: string;
  readonly name: string;
  readonly definition: string;
  readonly roleArn: string;
  readonly settings: Settings;
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
  readonly settings: Settings;
  /** As it was given, byte for byte. */
  readonly input: string;
  readonly traceHeader?: string | undefined;
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
  /** When the execution times out. */
  deadlineMs?: number | undefined;
  redriveCount: number;
  redriveMs?: number | undefined;
  /** The client tokens of the last redrives, and when each began; the newest last. */
  redriveTokens: { readonly token: string; readonly usedMs: number }[];
}

/** The time by which lists are in order (ListExecutions): of the start or redrive while it runs, else of the end. */
export function listedMs(record: ExecutionRecord): number {
  return record.stopMs ?? record.redriveMs ?? record.startMs;
}

/** What changed in one execution since it was last saved. */
export interface ExecutionChange {
  readonly record: ExecutionRecord;
  readonly events: readonly HistoryEvent[];
  readonly frames: readonly Frame[];
  readonly removedFrameIds: readonly number[];
}
