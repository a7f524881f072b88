import type { Json, JsonObject } from '../json.ts';
import type { ExecutionRun } from './execution-run.ts';
import type { Frame, Position } from './frame.ts';

/** An item of a Map, and its number. */
export interface MapItem {
  readonly index: number;
  readonly value: Json;
}

/**
 * `$states.context` for a state of a frame (input-output-contextobject), with the redrive's members once
 * redriven. `item` is given for a Map's ItemSelector alone: the page says not to read it inside iterations.
 */
export function contextObject(run: ExecutionRun, frame: Frame, at: Position, item?: MapItem): JsonObject {
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
    ...(item ? { Map: { Item: { Index: item.index, Value: item.value, Source: 'STATE_DATA' } } } : {}),
  };
}

/** A whole second has no fraction, as on AWS. */
function isoTime(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}
