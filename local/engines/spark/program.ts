import type { ProcessIdentity } from '../../processes/process-identity.ts';

/** A Spark program as the engines see it: started with spark-submit's arguments, ended by itself or by a stop. */
export interface SparkLauncher {
  /**
   * @param args what follows `spark-submit`.
   * @param folder becomes the program's working folder; `stdout` and `stderr` are files in it.
   */
  start(args: readonly string[], folder: string): RunningProgram;
  /** Ends what a former process of the engine left running. */
  stopLeftover(program: ProcessIdentity): void;
}

export interface RunningProgram {
  readonly id: ProcessIdentity;
  readonly stdoutFile: string;
  readonly stderrFile: string;
  /** The exit code; null when it was killed or could not be started. */
  readonly ended: Promise<number | null>;
  /** Ends the program with all that it started. */
  stop(): void;
}
