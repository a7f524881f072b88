import type { Json } from '../json.ts';

/**
 * What a Task's Resource does. The engine knows no service: every Resource that a definition may name is an
 * adapter handed to the server, found by its Resource ARN. A definition that names another is refused.
 *
 * Request-response integrations have `submit` only: its output is the Task's result.
 * `.sync` integrations have `poll` too: `submit` starts the job and returns its handle at once, and the
 * engine polls until the job ends. The handle is stored in the same write as the TaskSubmitted event, so a
 * process that is killed afterwards goes on polling the same job instead of starting another.
 */
export interface TaskAdapter {
  /**
   * The Resource that the definition names, e.g. `arn:aws:states:::glue:startJobRun.sync`. One that ends with
   * `*` stands for every Resource that begins with what is before the star.
   */
  readonly resource: string;

  /** What a Resource that the star covers must look like besides; any, if absent. */
  readonly form?: RegExp;

  /**
   * Names what is wrong with a Task's Arguments: at creation of the state machine, before anything runs, and
   * again when they are evaluated, where anything wrong fails the execution with States.Runtime as on AWS.
   * Strings of the form `{% ... %}` are expressions whose value is not known yet: accept them anywhere.
   * `template` is undefined where the Task has no Arguments.
   */
  validateArguments?(template: Json | undefined): ArgumentProblem[];

  /**
   * Does the effect, or starts the job. `args` are the evaluated Arguments, in which validateArguments found
   * nothing wrong.
   * Fails by throwing TaskFailure; any other error thrown becomes States.Runtime, which no Retry on
   * States.ALL catches, as it is the adapter's defect.
   * Called again with the same idempotencyKey only if the process died before the answer was recorded.
   */
  submit(args: Json, call: TaskCall): Promise<Submitted>;

  /** Asks how the job stands. A TaskFailure thrown (a throttled or lost call) counts as pending. */
  poll?(handle: Json, call: TaskCall): Promise<PollResult>;

  /** Stops the job where AWS would: when the execution is stopped or the Task times out. Errors are ignored. */
  stop?(handle: Json): Promise<void>;

  /** Milliseconds until the next poll, by the milliseconds since submission. 1,000 if absent. */
  pollAfterMs?(elapsedMs: number): number;
}

/** Who calls, for names, tokens and logs. */
export interface TaskCall {
  /** The state's Resource, which an adapter for many of them needs. */
  readonly resource: string;
  readonly executionArn: string;
  readonly executionName: string;
  readonly stateName: string;
  /**
   * One per scheduled Task: differs between retries, redrives and Map items, and is the same when a crashed
   * process submits once more. 64 hex characters; fit for a client token.
   */
  readonly idempotencyKey: string;
  /** Aborted when the Task times out or its execution ends: nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** `output`: the API's answer. `handle`: what `poll` and `stop` need (JSON); required where `poll` exists. */
interface Submitted {
  readonly output: Json;
  readonly handle?: Json;
}

export type PollResult =
  | { readonly status: 'pending' }
  | { readonly status: 'succeeded'; readonly output: Json }
  | { readonly status: 'failed'; readonly error: string; readonly cause?: string };

/** `path` is relative to Arguments, e.g. `/Instances/InstanceFleets`; `message` says what was expected. */
export interface ArgumentProblem {
  readonly path: string;
  readonly message: string;
}

/** The Task's failure with the error name that Retry and Catch match, e.g. `Glue.ConcurrentRunsExceededException`. */
export class TaskFailure extends Error {
  override readonly name = 'TaskFailure';
  readonly error: string;
  readonly failureCause: string | undefined;

  constructor(error: string, cause?: string) {
    super(cause === undefined ? error : `${error}: ${cause}`);
    this.error = error;
    this.failureCause = cause;
  }
}
