import type { Json, JsonObject } from '../json.ts';

/** A definition that validateDefinition has accepted: Amazon States Language in JSONata mode, as written. */
export interface Definition extends StatesBlock {
  Comment?: string;
  Version?: string;
  QueryLanguage?: string;
  TimeoutSeconds?: number;
}

/** The machine itself, a Parallel's branch, or a Map's ItemProcessor. */
export interface StatesBlock {
  StartAt: string;
  States: { [name: string]: State };
}

export type State =
  | TaskState
  | PassState
  | WaitState
  | ChoiceState
  | SucceedState
  | FailState
  | ParallelState
  | MapState;

/** A number, or a string `{% ... %}` that yields one. */
type NumberTemplate = number | string;

interface Named {
  Comment?: string;
  QueryLanguage?: string;
}

interface Continuing extends Named {
  Next?: string;
  End?: true;
  Output?: Json;
  Assign?: JsonObject;
}

interface Catching extends Continuing {
  Retry?: Retrier[];
  Catch?: Catcher[];
}

export interface Retrier {
  ErrorEquals: string[];
  IntervalSeconds?: number;
  BackoffRate?: number;
  MaxAttempts?: number;
  MaxDelaySeconds?: number;
  JitterStrategy?: 'FULL' | 'NONE';
}

export interface Catcher {
  ErrorEquals: string[];
  Next: string;
  Output?: Json;
  Assign?: JsonObject;
}

export interface TaskState extends Catching {
  Type: 'Task';
  Resource: string;
  Arguments?: Json;
  TimeoutSeconds?: NumberTemplate;
  HeartbeatSeconds?: NumberTemplate;
}

export interface PassState extends Continuing {
  Type: 'Pass';
}

export interface WaitState extends Continuing {
  Type: 'Wait';
  Seconds?: NumberTemplate;
  Timestamp?: string;
}

interface ChoiceRule {
  Condition: boolean | string;
  Next: string;
  Output?: Json;
  Assign?: JsonObject;
}

export interface ChoiceState extends Named {
  Type: 'Choice';
  Choices: ChoiceRule[];
  Default?: string;
  Output?: Json;
  Assign?: JsonObject;
}

export interface SucceedState extends Named {
  Type: 'Succeed';
  Output?: Json;
}

export interface FailState extends Named {
  Type: 'Fail';
  Error?: string;
  Cause?: string;
}

export interface ParallelState extends Catching {
  Type: 'Parallel';
  Arguments?: Json;
  Branches: StatesBlock[];
}

export interface MapState extends Catching {
  Type: 'Map';
  Items?: Json;
  ItemSelector?: Json;
  MaxConcurrency?: NumberTemplate;
  ItemProcessor: StatesBlock & { ProcessorConfig?: { Mode?: 'INLINE' } };
}

/** States that may have Retry and Catch. */
export type CatchingState = TaskState | ParallelState | MapState;
