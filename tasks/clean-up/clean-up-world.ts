import type { BackOff, Clock, Clusters, Executions, JobRuns, Notices, StateTable } from '../core/ports.ts';

export interface CleanUpWorld {
  table: StateTable;
  executions: Executions;
  clusters: Clusters;
  jobRuns: JobRuns;
  notices: Notices;
  clock: Clock;
  backOff: BackOff;
  /** Waits for what was asked to end. */
  pause(seconds: number): Promise<void>;
  stateMachineArn: string;
  destinationBucket: string;
}
