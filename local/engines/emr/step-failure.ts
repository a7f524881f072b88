import type { RunningProgram } from '../spark/program.ts';
import { pythonFailure } from '../spark/python-failure.ts';
import type { Step } from './cluster.ts';

/** The FailureDetails of a step whose program ended badly. */
export function failureOf(
  program: Pick<RunningProgram, 'stdoutFile' | 'stderrFile'>,
  exitCode: number | null,
  logFolder: string | null,
): NonNullable<Step['failure']> {
  const failure = pythonFailure(program);
  return {
    reason: 'Unknown Error.',
    message: failure
      ? `${failure.type}: ${failure.message}`
      : exitCode === null
        ? 'The Spark program was killed.'
        : `spark-submit exited with code ${exitCode}.`,
    ...(logFolder ? { logFile: `${logFolder}stderr.gz` } : {}),
  };
}
