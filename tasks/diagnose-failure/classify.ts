import { type ErrorName, errorTable } from '../core/errors.ts';
import type { ClusterState } from '../core/ports.ts';
import type { JobError } from './job-error.ts';

/** What a Task's Catch caught. */
export interface Failure {
  /** The state that failed. */
  state: string;
  error: string;
  cause: string;
}

/** What else is known of the failure. */
export interface Evidence {
  /** The `error.json` that the Spark job wrote; null when there is none. */
  jobError: JobError | null;
  /** The cluster of the step; null: none, or it is not known. */
  cluster: { state: ClusterState; reason: string } | null;
}

export interface Classified {
  error: ErrorName;
  /** One sentence or some: what went wrong, in the words of whoever noticed. */
  cause: string;
}

const PERMISSION =
  /AccessDenied|NotAuthorized|not authorized to perform|UnauthorizedOperation|PERMISSION_DENIED/;
const ENDED = new Set<ClusterState>(['TERMINATING', 'TERMINATED', 'TERMINATED_WITH_ERRORS']);

/** Names one of our errors for a failure, and its root cause. */
export function classify(failure: Failure, evidence: Evidence): Classified {
  const { state, error, cause } = failure;
  if (error in errorTable) return { error: error as ErrorName, cause: lambdaMessage(cause) };
  if (PERMISSION.test(error) || PERMISSION.test(cause)) {
    return { error: 'PermissionMissing', cause: `${state}: ${lambdaMessage(cause)}` };
  }
  if (state === 'RunSparkStep') return sparkStep(failure, evidence);
  if (state === 'RunGlueJob') return glueJob(failure, evidence);
  if (state === 'CreateCluster') return { error: 'ClusterFailed', cause: clusterCause(cause) };
  if (error === 'States.Timeout') {
    return { error: 'StageTimedOut', cause: `${state} took longer than its TimeoutSeconds. ${cause}`.trim() };
  }
  return { error: 'UnexpectedFailure', cause: `${state} failed with ${error}: ${lambdaMessage(cause)}` };
}

function sparkStep({ error, cause }: Failure, { jobError, cluster }: Evidence): Classified {
  if (jobError) return ofJob(jobError, 'SparkStepFailed');
  if (cluster && ENDED.has(cluster.state)) {
    return {
      error: 'ClusterGone',
      cause: `The cluster is ${cluster.state}: ${cluster.reason || 'no reason given'}.`,
    };
  }
  const details = member(parsed(cause), 'Step', 'Status', 'FailureDetails');
  const told = ['Reason', 'Message', 'LogFile'].map((name) => member(details, name)).filter(isText);
  const why = told.length > 0 ? told.join(' ') : `${error}: ${cause}`;
  return { error: 'SparkStepFailed', cause: why };
}

function glueJob({ error, cause }: Failure, { jobError }: Evidence): Classified {
  if (jobError) return ofJob(jobError, 'GlueJobFailed');
  const message = member(parsed(cause), 'ErrorMessage');
  return { error: 'GlueJobFailed', cause: isText(message) ? message : `${error}: ${cause}` };
}

function ofJob({ error, message, stage }: JobError, otherwise: ErrorName): Classified {
  return {
    error: error in errorTable ? (error as ErrorName) : otherwise,
    cause: `${message} (stage: ${stage})`,
  };
}

function clusterCause(cause: string): string {
  const reason = member(parsed(cause), 'Cluster', 'Status', 'StateChangeReason');
  const told = ['Code', 'Message'].map((name) => member(reason, name)).filter(isText);
  return told.length > 0 ? told.join(': ') : cause;
}

/** A Lambda's Cause is JSON text with errorType, errorMessage and trace; anything else stays as it is. */
function lambdaMessage(cause: string): string {
  const message = member(parsed(cause), 'errorMessage');
  return isText(message) ? message : cause;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function member(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>(
    (at, name) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[name] : undefined),
    value,
  );
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
