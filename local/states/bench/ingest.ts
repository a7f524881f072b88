import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TaskAdapter } from '../adapters/adapter.ts';
import { isJsonObject, type Json, type JsonObject } from '../json.ts';

/** The project's own workflow, a real machine of some size, with every `${Name}` replaced by that name. */
export const ingest: object = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../state-machines/ingest.asl.json'), 'utf8').replace(
    /\$\{(\w+)\}/g,
    '$1',
  ),
);

const plan: JsonObject = {
  attempt: 1,
  jobLimitSeconds: 86_400,
  glue: { workerType: 'G.1X', numberOfWorkers: 2, timeoutMinutes: 60, arguments: { '--run-id': 'r' } },
  emr: {
    clusterName: 'r-1',
    shape: '2x m7g.xlarge',
    mostInstances: 4,
    keepWarm: false,
    releaseLabel: 'emr-spark-8.1.0',
    instanceFleets: [{ InstanceFleetType: 'MASTER', TargetOnDemandCapacity: 1 }],
    managedScalingPolicy: { ComputeLimits: { UnitType: 'InstanceFleetUnits' } },
    idleTimeoutSeconds: 900,
    stepArguments: ['spark-submit', 'job.py'],
  },
};

let plans = 0;
const answers: Readonly<Record<string, (payload: JsonObject) => Json>> = {
  AdmitUpload: () => ({
    outcome: 'Run',
    runId: 'r',
    dataset: 'flights',
    uploadIds: ['a', 'b', 'c'],
    finishedAttempt: 0,
  }),
  PinInput: ({ uploadId }) => ({ uploadId: uploadId ?? '', sizeBytes: 1_000_000 }),
  // Every second plan goes to EMR.
  PlanRun: () => ({ ...plan, engine: plans++ % 2 === 0 ? 'glue' : 'emr' }),
  LeaseCluster: () => ({ clusterId: '', attempt: 1 }),
  VerifyOutput: () => ({
    deliver: 'bigquery',
    partBatches: [1, 2, 3, 4].map((batch) => ({ batch, parts: ['part-0.parquet', 'part-1.parquet'] })),
  }),
  CopyParts: ({ batch }) => ({ copied: batch ?? 0 }),
  Deliver: ({ waitingFor }) =>
    waitingFor === 'merge'
      ? { done: true, waitSeconds: 0, waitingFor: '' }
      : { done: false, waitSeconds: 0, waitingFor: waitingFor === 'load' ? 'merge' : 'load' },
};

/** Every function and job answers at once: three uploads to pin, four batches of parts, a delivery of three calls. */
export const instantIngest: readonly TaskAdapter[] = [
  {
    resource: 'arn:aws:states:::lambda:invoke',
    async submit(args) {
      const { FunctionName: name, Payload: payload } = args as { FunctionName: string; Payload: Json };
      const answer = answers[name]?.(isJsonObject(payload) ? payload : {}) ?? {};
      return { output: { StatusCode: 200, ExecutedVersion: '$LATEST', Payload: answer } };
    },
  },
  job('arn:aws:states:::glue:startJobRun.sync', { Id: 'jr_1', JobRunState: 'SUCCEEDED' }),
  job('arn:aws:states:::elasticmapreduce:createCluster.sync', { ClusterId: 'j-1' }),
  job('arn:aws:states:::elasticmapreduce:addStep.sync', { Step: { Id: 's-1' } }),
  { resource: 'arn:aws:states:::sns:publish', submit: async () => ({ output: { MessageId: 'm-1' } }) },
];

function job(resource: string, output: Json): TaskAdapter {
  return {
    resource,
    submit: async () => ({ output: {}, handle: 'job' }),
    poll: async () => ({ status: 'succeeded', output }),
    pollAfterMs: () => 0,
  };
}
