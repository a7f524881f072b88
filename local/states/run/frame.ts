import type { Json, JsonObject } from '../json.ts';
import type { Failure } from './failure.ts';

/**
 * One run through a block of states: the execution itself (id 0), a Parallel's branch, or a Map's iteration.
 * Frames are plain JSON: what is stored of them is all that a later process needs to go on.
 */
export interface Frame {
  readonly id: number;
  /** The frame whose Parallel or Map state this one belongs to; the execution's own has none. */
  readonly parentId?: number;
  /** Number of the branch or of the iteration. */
  readonly index: number;
  /** Where the block stands in the definition, e.g. `['States', 'Each', 'ItemProcessor']`. */
  readonly block: string[];
  /** What the block's first state gets, until it is entered. */
  input: Json;
  status: 'pending' | 'running' | 'succeeded' | 'failed' | 'aborted';
  /** The event that the frame's next event points to. */
  cursor: number;
  /** Variables assigned in this scope, without those of the scopes around it. */
  variables: JsonObject;
  /** The state the frame is in, or was in when it ended. */
  at?: Position;
  output?: Json;
  /** Why the frame failed, which its redrive asks. */
  failure?: Failure;
}

/** A state that was entered and not exited. */
export interface Position {
  readonly name: string;
  readonly input: Json;
  readonly enteredMs: number;
  /** The StateEntered event, and the one before it in this frame. */
  readonly enteredId: number;
  readonly beforeId: number;
  /** Retries used, per Retrier. */
  retries: number[];
  step: Step;
  /** Present from the event that tells of a failure until what follows from it is recorded. */
  failing?: Failing;
}

/** A failure on its way through Retry and Catch. */
interface Failing {
  readonly failure: Failure;
  /** What is recorded: that the work failed; that the state did, as no Retrier helps; that its Catcher did too. */
  readonly stage: 'work' | 'state' | 'catcher';
}

/** How far a state has come. Each step is recorded together with the events that lead to it. */
type Step =
  | { readonly kind: 'entered' }
  | SubmittingStep
  | PollingStep
  /** A Wait, until a time. */
  | { readonly kind: 'waiting'; readonly untilMs: number }
  | { readonly kind: 'backingOff'; readonly untilMs: number }
  | ChildrenStep
  /** The work is done; Output and Assign are to be evaluated. */
  | { readonly kind: 'done'; readonly result: Json };

/** Scheduled and started; its answer is not recorded yet. */
export interface SubmittingStep {
  readonly kind: 'submitting';
  readonly args: Json;
  readonly scheduledId: number;
  readonly deadlineMs?: number;
  /** Present where HeartbeatSeconds ends before TimeoutSeconds. */
  readonly deadlineIsHeartbeat?: true;
}

/** A job that runs by itself, known by its handle. */
export interface PollingStep {
  readonly kind: 'polling';
  readonly handle: Json;
  readonly scheduledId: number;
  readonly submittedMs: number;
  readonly deadlineMs?: number;
  /** Present where HeartbeatSeconds ends before TimeoutSeconds. */
  readonly deadlineIsHeartbeat?: true;
}

/** The branches or iterations, one frame each. */
export interface ChildrenStep {
  readonly kind: 'children';
  readonly frameIds: number[];
  /** Event to which the first ones point. */
  readonly startedId: number;
  /** How many run at once. */
  readonly concurrency: number;
}
