import { saysOutOfMemory } from '../core/compute/out-of-memory.ts';
import { type ErrorName, errorTable } from '../core/errors.ts';
import { lambdaCause } from '../core/failures/lambda-cause.ts';
import { parseCause, textOf } from '../core/failures/parse-cause.ts';
import type { ClusterState } from '../core/ports.ts';
import type { JobError } from './job-error.ts';
import { knownTrouble } from './known-troubles.ts';

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
  /** The end of what the step wrote to standard error; '': it is not there (EMR copies logs minutes late). */
  logTail: string;
}

export interface Classified {
  error: ErrorName;
  /** One sentence or some: what went wrong, in the words of whoever noticed. */
  cause: string;
}

const ENDED = new Set<ClusterState>(['TERMINATING', 'TERMINATED', 'TERMINATED_WITH_ERRORS']);

/** Names one of our errors for a failure, and its root cause. */
export function classify(failure: Failure, evidence: Evidence): Classified {
  const { state, error, cause } = failure;
  if (error in errorTable) return { error: error as ErrorName, cause: lambdaCause(cause, false) };
  if (error === 'States.Timeout') {
    return { error: 'StageTimedOut', cause: `${state} took longer than its TimeoutSeconds. ${cause}`.trim() };
  }
  if (state === 'RunSparkStep') return withMemoryTold(sparkStep(failure, evidence));
  if (state === 'RunGlueJob') return withMemoryTold(glueJob(failure, evidence));
  if (state === 'CreateCluster') return cluster(failure);
  const told = lambdaCause(cause, true);
  return {
    error: knownTrouble(`${error}: ${told}`) ?? 'UnexpectedFailure',
    cause: `${state}: ${error}: ${told}`,
  };
}

function sparkStep({ error, cause }: Failure, evidence: Evidence): Classified {
  const { jobError } = evidence;
  // A failed step leaves its cluster as it is. A job that loses its cluster may still say so, in words of Spark's.
  const isLost = evidence.cluster !== null && ENDED.has(evidence.cluster.state);
  if (jobError && (jobError.error in errorTable || !isLost)) return ofJob(jobError, 'SparkStepFailed');
  if (evidence.cluster && isLost) {
    return {
      error: 'ClusterGone',
      cause: `The cluster is ${evidence.cluster.state}: ${evidence.cluster.reason || 'no reason given'}.`,
    };
  }
  const value = parseCause(cause);
  const step = textOf(value, 'Step', 'Id');
  if (step === '') return named('SparkStepFailed', `EMR did not accept the step: ${error}: ${cause}`);
  const told = [
    textOf(value, 'Step', 'Status', 'FailureDetails', 'Reason'),
    textOf(value, 'Step', 'Status', 'FailureDetails', 'Message'),
    textOf(value, 'Step', 'Status', 'StateChangeReason', 'Message'),
  ].filter((text) => text !== '' && text !== 'Unknown Error.');
  const log = evidence.logTail;
  if (log !== '') told.push(`The end of its log:\n${log}`);
  const state = textOf(value, 'Step', 'Status', 'State') || 'failed';
  return named('SparkStepFailed', told.join(' ') || `Step ${step} is ${state} and gave no reason.`, log);
}

function glueJob({ error, cause }: Failure, { jobError }: Evidence): Classified {
  const value = parseCause(cause);
  // Glue tells of it before the workflow's own limit. What a job says that is being ended is no cause.
  if (textOf(value, 'JobRunState') === 'TIMEOUT') {
    const told = 'RunGlueJob took longer than the time that the plan gave the job; a redrive gives it more.';
    return { error: 'StageTimedOut', cause: told };
  }
  if (jobError) return ofJob(jobError, 'GlueJobFailed');
  const jobRun = textOf(value, 'Id');
  if (jobRun === '') return named('GlueJobFailed', `Glue did not accept the job run: ${error}: ${cause}`);
  const message = textOf(value, 'ErrorMessage');
  const state = textOf(value, 'JobRunState') || 'FAILED';
  return named('GlueJobFailed', message || `Job run ${jobRun} is ${state} and gave no reason.`);
}

function cluster({ error, cause }: Failure): Classified {
  const value = parseCause(cause);
  const reason = ['Code', 'Message']
    .map((name) => textOf(value, 'Cluster', 'Status', 'StateChangeReason', name))
    .filter((text) => text !== '');
  return named('ClusterFailed', reason.length > 0 ? reason.join(': ') : `${error}: ${cause}`);
}

/** Says first that memory ran out, where the job or its engine only say so by a code or an exception. */
function withMemoryTold({ error, cause }: Classified): Classified {
  const ofJob = error === 'SparkStepFailed' || error === 'GlueJobFailed';
  if (!ofJob || !saysOutOfMemory(cause)) return { error, cause };
  return { error, cause: `The job ran out of memory; a redrive uses compute with more memory. ${cause}` };
}

/** @param apart what of the cause tells of the job and not of the account. */
function named(otherwise: ErrorName, cause: string, apart = ''): Classified {
  const ofAccount = apart === '' ? cause : cause.replace(apart, '');
  return { error: knownTrouble(ofAccount) ?? otherwise, cause };
}

function ofJob({ error, message, stage }: JobError, otherwise: ErrorName): Classified {
  const name = error in errorTable ? (error as ErrorName) : knownTrouble(message);
  return { error: name ?? otherwise, cause: `${message} (stage: ${stage})` };
}
