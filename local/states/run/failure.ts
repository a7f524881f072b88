/** How a state, and at last an execution, failed. Both are absent where a Fail state has neither. */
export interface Failure {
  readonly error?: string;
  readonly cause?: string;
  /** Another name that Retry and Catch may give it: a missed heartbeat is a States.Timeout to the history. */
  readonly alias?: string;
}

/** Thrown inside a state to fail it; Retry and Catch of the state decide what follows. */
export class StateFailed extends Error {
  override readonly name = 'StateFailed';
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(`${failure.error ?? 'no error name'}: ${failure.cause ?? 'no cause'}`);
    this.failure = failure;
  }
}

/** Thrown where work goes on for a frame or an execution that has ended meanwhile. Nobody waits for it. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

/** The reason of every stop; where it was made tells nothing, so there is one for all. */
export const stopped = new Stopped();
