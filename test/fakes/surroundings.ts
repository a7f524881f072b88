/** Time and chance, for fakes that have a life of their own. */
export interface Surroundings {
  /** Milliseconds since 1970. */
  now(): number;
  /** Does something later; not at all once the signal is aborted. */
  after(seconds: number, does: () => void, signal?: AbortSignal): void;
  /** A number of seconds between two bounds. */
  between(lowest: number, highest: number): number;
}

/** A Spark job: its arguments in; it throws to fail, and ends in the middle once it is killed. */
export type RunJob = (jobId: string, args: readonly string[], killed: AbortSignal) => Promise<void>;
