import type { ProcessIdentity } from '../../processes/process-identity.ts';

/** An EMR cluster and its steps, as the engine keeps them. Times are milliseconds since the epoch. */

type ClusterState =
  | 'STARTING'
  | 'BOOTSTRAPPING'
  | 'RUNNING'
  | 'WAITING'
  | 'TERMINATING'
  | 'TERMINATED'
  | 'TERMINATED_WITH_ERRORS';

type StepState = 'PENDING' | 'RUNNING' | 'COMPLETED' | 'CANCELLED' | 'FAILED';

type ActionOnFailure = 'CONTINUE' | 'CANCEL_AND_WAIT' | 'TERMINATE_CLUSTER' | 'TERMINATE_JOB_FLOW';

export interface Reason {
  code?: string | undefined;
  message?: string | undefined;
}

export interface StepRequest {
  name: string;
  actionOnFailure: ActionOnFailure;
  jar: string;
  mainClass?: string | undefined;
  args: string[];
  properties: Record<string, string>;
}

export interface Step extends StepRequest {
  id: string;
  state: StepState;
  reason: Reason;
  failure: { reason: string; message: string; logFile?: string | undefined } | null;
  createdAt: number;
  startedAt: number | null;
  endedAt: number | null;
  /** The process that works for it, while it is RUNNING. */
  process: ProcessIdentity | null;
}

export interface Cluster {
  id: string;
  name: string;
  state: ClusterState;
  reason: Reason;
  createdAt: number;
  readyAt: number | null;
  endedAt: number | null;
  /** When its last work ended; null while it has some. */
  idleSince: number | null;
  steps: Step[];
  tags: Record<string, string>;
  /** Ends by itself once its steps are done. */
  endsWithoutSteps: boolean;
  terminationProtected: boolean;
  stepConcurrency: number;
  idleTimeoutSeconds: number | null;
  logUri: string | null;
  releaseLabel: string;
  applications: string[];
  serviceRole: string | null;
  instanceProfile: string | null;
  /** As they were requested. */
  instances: Record<string, unknown>;
  managedScalingPolicy: unknown;
}

export const hasEnded = ({ state }: Cluster): boolean =>
  state === 'TERMINATED' || state === 'TERMINATED_WITH_ERRORS';

/** Whether it takes new steps. */
export const isActive = (cluster: Cluster): boolean => !hasEnded(cluster) && cluster.state !== 'TERMINATING';

/** Whether it begins steps. */
export const accepts = ({ state }: Cluster): boolean => state === 'RUNNING' || state === 'WAITING';

export const isOpen = ({ state }: Step): boolean => state === 'PENDING' || state === 'RUNNING';
