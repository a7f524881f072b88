import type * as z from 'zod';
import { parseCause, textOf } from '../core/failures/parse-cause.ts';
import { errorKey } from '../core/folders/folders.ts';
import type { RunFolders } from '../core/folders/run-folders.ts';
import { readStoredJson } from '../core/folders/stored-json.ts';
import type { Clusters, StateTable } from '../core/ports.ts';
import { runIdOf } from '../core/run-id.ts';
import { findRun } from '../core/state-table/find-run.ts';
import { alertOf } from '../core/telling/alert.ts';
import {
  clusterLink,
  jobLogLink,
  jobRunLink,
  type Link,
  objectsLink,
  regionOf,
  stepLink,
} from '../core/telling/console-links.ts';
import { type Classified, classify, type Evidence } from './classify.ts';
import type { inputSchema } from './input.ts';
import { type JobError, jobErrorSchema } from './job-error.ts';
import { stepLog, stepLogTail } from './step-log-tail.ts';

export interface DiagnoseFailureWorld extends RunFolders {
  table: StateTable;
  clusters: Clusters;
  artifactsBucket: string;
  glueJob: string;
  stateMachineArn: string;
}

type Failed = z.output<typeof inputSchema>;

/** What Step Functions may pass on between states; an error's cause may have 32,768 characters. */
const MAX_CAUSE_LENGTH = 8000;
/** States whose work another attempt may do without a person, when a cluster or an answer of EMR or Glue was lost. */
const GOES_ROUND = new Set(['CreateCluster', 'RunSparkStep', 'RunGlueJob']);

const GOES_BY = new Set<string>(['ClusterGone', 'ServiceUnavailable']);

/** The state was redriven itself, which its expressions tell: what it did before may go on, under the same attempt. */
const isOutdated = ({ error, cause }: Failed['failure']): boolean =>
  error === 'States.QueryEvaluationError' && cause.includes('The plan is from before the redrive.');

/** The failure under one of our names, with its root cause, and the alert that tells people of it. */
export async function diagnoseFailure(failed: Failed, world: DiagnoseFailureWorld) {
  const { failure, execution, input, attempt } = failed;
  const run = await findRun(runIdOf(execution.arn, new Date(execution.startTime)), world.table);
  const ran = run && {
    dataset: run.value.dataset,
    runId: run.value.runId,
    // The Catch may know of no attempt: AdmitUpload of a redriven run.
    attempt: attempt || run.value.attempt,
  };
  const { error, cause } = await root(failed, ran, world);
  const { stateMachineArn, destinationBucket } = world;
  const alert = alertOf({
    error,
    cause,
    state: failure.state,
    execution: { ...execution, input },
    run: run?.value ?? null,
    attempt: ran?.attempt ?? 0,
    links: linksTo(failed, world),
    stateMachineArn,
    destinationBucket,
  });
  return {
    error,
    cause: cause.slice(0, MAX_CAUSE_LENGTH),
    ...alert,
    again: GOES_ROUND.has(failure.state) && (GOES_BY.has(error) || isOutdated(failure)),
    redriveCount: execution.redriveCount,
  };
}

async function root(
  { failure, clusterId }: Failed,
  ran: { dataset: string; runId: string; attempt: number } | null,
  world: DiagnoseFailureWorld,
): Promise<Classified> {
  const isStep = failure.state === 'RunSparkStep';
  const ranJob = isStep || failure.state === 'RunGlueJob';
  const evidence: Evidence = {
    jobError: ranJob && ran ? await readJobError(ran, world) : null,
    cluster: isStep && clusterId ? await world.clusters.state(clusterId) : null,
    logTail: '',
  };
  const stepId = textOf(parseCause(failure.cause), 'Step', 'Id');
  if (isStep && stepId && !evidence.jobError)
    evidence.logTail = await stepLogTail(stepLog(world.artifactsBucket, clusterId, stepId), world.objects);
  return classify(failure, evidence);
}

/** A job error that cannot be read tells nothing; the failure itself is diagnosed all the same. */
async function readJobError(
  { dataset, runId, attempt }: { dataset: string; runId: string; attempt: number },
  { objects, destinationBucket }: DiagnoseFailureWorld,
): Promise<JobError | null> {
  const ref = { bucket: destinationBucket, key: errorKey(dataset, runId, attempt) };
  return readStoredJson(objects, ref, jobErrorSchema, 'UnexpectedFailure').catch(() => null);
}

function linksTo({ failure, execution, clusterId }: Failed, world: DiagnoseFailureWorld): Link[] {
  const region = regionOf(execution.arn);
  const cause = parseCause(failure.cause);
  if (failure.state === 'RunGlueJob') {
    const jobRunId = textOf(cause, 'Id');
    return jobRunId ? [jobRunLink(region, world.glueJob, jobRunId), jobLogLink(region, jobRunId)] : [];
  }
  const id = clusterId || textOf(cause, 'Cluster', 'Id');
  if (!id || (failure.state !== 'RunSparkStep' && failure.state !== 'CreateCluster')) return [];
  const stepId = textOf(cause, 'Step', 'Id');
  const logs = stepId ? `emr-logs/${id}/steps/${stepId}/` : `emr-logs/${id}/`;
  return [
    clusterLink(region, id),
    ...(stepId ? [stepLink(region, id, stepId)] : []),
    objectsLink(region, 'Logs (minutes late)', world.artifactsBucket, logs),
  ];
}
