import type { Execution } from '../core/execution.ts';
import { errorKey } from '../core/folders.ts';
import type { Clusters, ObjectStore } from '../core/ports.ts';
import { runOfExecution } from '../core/run-of-execution.ts';
import { readStoredJson } from '../core/stored-json.ts';
import { alertOf } from './alert.ts';
import { classify, type Evidence, type Failure } from './classify.ts';
import { type JobError, jobErrorSchema } from './job-error.ts';

export interface DiagnoseFailureInput {
  failure: Failure;
  execution: Execution;
  /** The execution's input. */
  input: unknown;
  attempt: number;
  clusterId: string;
}

export interface DiagnoseFailureWorld {
  objects: ObjectStore;
  clusters: Clusters;
  destinationBucket: string;
  stateMachineArn: string;
}

/** The failure under one of our names, with its root cause, and the alert that tells people of it. */
export async function diagnoseFailure(
  { failure, execution, input, attempt, clusterId }: DiagnoseFailureInput,
  world: DiagnoseFailureWorld,
) {
  const run = runOfExecution(input, execution);
  const runsJob = failure.state === 'RunSparkStep' || failure.state === 'RunGlueJob';
  const evidence: Evidence = {
    jobError: runsJob && run ? await readJobError(run, attempt, world) : null,
    cluster: failure.state === 'RunSparkStep' && clusterId ? await world.clusters.state(clusterId) : null,
  };
  const classified = classify(failure, evidence);
  const { stateMachineArn, destinationBucket } = world;
  const alert = alertOf({
    ...classified,
    state: failure.state,
    execution,
    input,
    stateMachineArn,
    destinationBucket,
    run,
    attempt,
    clusterId,
  });
  return { ...classified, ...alert, redriveCount: execution.redriveCount };
}

async function readJobError(
  { dataset, runId }: { dataset: string; runId: string },
  attempt: number,
  { objects, destinationBucket }: DiagnoseFailureWorld,
): Promise<JobError | null> {
  if (attempt === 0) return null;
  const ref = { bucket: destinationBucket, key: errorKey(dataset, runId, attempt) };
  return readStoredJson(objects, ref, jobErrorSchema, 'UnexpectedFailure');
}
