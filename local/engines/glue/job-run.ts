import type { ProcessIdentity } from '../../processes/process-identity.ts';

/** A Glue job and its runs, as the engine keeps them. Times are milliseconds since the epoch. */

export interface Job {
  name: string;
  role: string;
  command: { name: string; scriptLocation: string; pythonVersion: string };
  defaultArguments: Record<string, string>;
  maxConcurrentRuns: number;
  timeoutMinutes: number;
  glueVersion: string;
  workerType: string;
  numberOfWorkers: number;
  description: string;
  createdAt: number;
  modifiedAt: number;
}

type JobRunState = 'STARTING' | 'RUNNING' | 'STOPPING' | 'STOPPED' | 'SUCCEEDED' | 'FAILED' | 'TIMEOUT';

export interface JobRun {
  id: string;
  jobName: string;
  state: JobRunState;
  arguments: Record<string, string>;
  workerType: string;
  numberOfWorkers: number;
  timeoutMinutes: number;
  glueVersion: string;
  errorMessage: string | null;
  startedAt: number;
  /** When it began to work; billed from here. */
  runningAt: number | null;
  modifiedAt: number;
  completedAt: number | null;
  process: ProcessIdentity | null;
}

export const isOver = ({ state }: JobRun): boolean =>
  state !== 'STARTING' && state !== 'RUNNING' && state !== 'STOPPING';
