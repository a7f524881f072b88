/** The time that an engine lives in. Milliseconds since the epoch throughout. */
export interface Clock {
  now(): number;
  /** Resolves at `until`, or at once when that has passed; rejects when `signal` is aborted. */
  sleepUntil(until: number, signal: AbortSignal): Promise<void>;
  /** Runs work of the outside world, whose time can't be skipped. */
  hold<T>(work: () => Promise<T>): Promise<T>;
}
