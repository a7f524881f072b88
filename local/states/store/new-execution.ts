import type { ExecutionRecord } from './records.ts';

type Given = Pick<
  ExecutionRecord,
  | 'arn'
  | 'name'
  | 'stateMachineArn'
  | 'stateMachineName'
  | 'definition'
  | 'definedMs'
  | 'roleArn'
  | 'input'
  | 'startMs'
  | 'sequence'
> &
  Partial<Pick<ExecutionRecord, 'settings' | 'revisionId' | 'traceHeader'>>;

/** The record of an execution that nothing has happened to yet. */
export function newExecution(given: Given): ExecutionRecord {
  return {
    settings: {},
    ...given,
    status: 'RUNNING',
    lastEventId: 0,
    nextFrameId: 0,
    redriveCount: 0,
    redriveTokens: [],
  };
}
