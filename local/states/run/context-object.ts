import type { JsonObject } from '../json.ts';
import type { ExecutionRun } from './execution-run.ts';
import type { Frame, Position } from './frame.ts';

/** `$states.context` for a state of a frame (input-output-contextobject), with the redrive's members once redriven. */
export function contextObject(run: ExecutionRun, frame: Frame, at: Position, item = frame.item): JsonObject {
  const { record } = run;
  const isTask = run.block(frame).States[at.name]?.Type === 'Task';
  return {
    Execution: {
      Id: record.arn,
      Input: run.executionInput,
      StartTime: isoTime(record.startMs),
      Name: record.name,
      RoleArn: record.roleArn,
      RedriveCount: record.redriveCount,
      ...(record.redriveMs === undefined ? {} : { RedriveTime: isoTime(record.redriveMs) }),
    },
    StateMachine: { Id: record.stateMachineArn, Name: record.stateMachineName },
    State: {
      Name: at.name,
      EnteredTime: isoTime(at.enteredMs),
      ...(isTask ? { RetryCount: at.retries.reduce((sum, count) => sum + count, 0) } : {}),
    },
    ...(item ? { Map: { Item: { Index: item.index, Value: item.value } } } : {}),
  };
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
