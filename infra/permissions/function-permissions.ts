import type { FunctionName } from '../../tasks/functions.ts';
import type { Grant } from './grant.ts';
import { ownClusters } from './own-clusters.ts';
import type { Places } from './places.ts';

const NAMED_AT_RUN_TIME = 'Datasets, runs and uploads have their names only at run time.';

/**
 * What each function may do, next to the reason: the calls that its folder of `tasks/` makes. Reading a key that may
 * be absent needs ListBucket too, or S3 answers 403 instead of 404.
 */
export const functionPermissions: Record<FunctionName, (places: Places) => Grant[]> = {
  AdmitUpload: (at) => [
    ...readsUploads(at),
    ...readsKeys(at.artifactsBucket, 'datasets/'),
    ...readsKeys(at.destinationBucket, 'runs/'),
    writesKeys(at.destinationBucket, 'runs/*/contract.json'),
    state(at, 'get', 'query', 'write'),
  ],
  PinInput: (at) => [
    ...readsUploads(at),
    ...readsKeys(at.destinationBucket, 'runs/'),
    writesKeys(at.destinationBucket, 'runs/*/input/*'),
    ...resumesMultipart(at.destinationBucket, 'runs/*/input/*'),
    state(at, 'get'),
  ],
  PlanRun: (at) => [
    ...readsKeys(at.destinationBucket, 'runs/'),
    writesKeys(at.destinationBucket, 'runs/*/batch.json'),
    state(at, 'get', 'query', 'write'),
  ],
  LeaseCluster: (at) => [
    ...managesClusters(at, 'ListSteps', 'PutManagedScalingPolicy'),
    state(at, 'get', 'query', 'write'),
  ],
  ReturnCluster: (at) => [...managesClusters(at), state(at, 'query', 'write')],
  VerifyOutput: (at) => [...readsKeys(at.destinationBucket, 'runs/'), state(at, 'get', 'query', 'write')],
  CopyParts: (at) => [
    ...readsKeys(at.destinationBucket, 'runs/'),
    writesKeys(at.destinationBucket, 'runs/*/uploads/*'),
  ],
  Deliver: (at) => readsKeys(at.destinationBucket, 'runs/'),
  LeaveGate: (at) => [
    ...readsKeys(at.destinationBucket, 'runs/'),
    ...stopsWork(at),
    state(at, 'get', 'query', 'write'),
    startsNext(at),
    { actions: ['sns:Publish'], resources: [at.topic] },
  ],
  DiagnoseFailure: (at) => [
    ...readsKeys(at.destinationBucket, 'runs/'),
    ...readsKeys(at.artifactsBucket, 'emr-logs/'),
    state(at, 'get'),
    ownClusters(at, ['DescribeCluster']),
  ],
  CleanUp: (at) => [
    ...stopsWork(at),
    state(at, 'get', 'query', 'write'),
    startsNext(at),
    readsExecutions(at),
    { actions: ['states:ListExecutions'], resources: [at.stateMachine] },
    { actions: ['sns:Publish'], resources: [at.topic] },
  ],
  RedriveGate: () => [],
};

function readsUploads({ sourceBucket }: Places): Grant[] {
  return [
    {
      actions: ['s3:GetObject', 's3:GetObjectVersion'],
      resources: [`${sourceBucket}/*`],
      wildcard: 'Any key may be uploaded.',
    },
    { actions: ['s3:ListBucket', 's3:ListBucketVersions'], resources: [sourceBucket] },
  ];
}

function readsKeys(bucket: string, prefix: string): Grant[] {
  return [
    { actions: ['s3:GetObject'], resources: [`${bucket}/${prefix}*`], wildcard: NAMED_AT_RUN_TIME },
    // Without a condition on the prefix: a HEAD carries none, and would then be answered with 403.
    { actions: ['s3:ListBucket'], resources: [bucket] },
  ];
}

function writesKeys(bucket: string, pattern: string): Grant {
  return {
    actions: ['s3:PutObject'],
    resources: [`${bucket}/${pattern}`],
    wildcard: NAMED_AT_RUN_TIME,
  };
}

function resumesMultipart(bucket: string, pattern: string): Grant[] {
  return [
    {
      actions: ['s3:ListMultipartUploadParts'],
      resources: [`${bucket}/${pattern}`],
      wildcard: NAMED_AT_RUN_TIME,
    },
    { actions: ['s3:ListBucketMultipartUploads'], resources: [bucket] },
  ];
}

/** `write` is a transaction of puts and deletes, which is allowed by what is in it. */
function state({ stateTable }: Places, ...methods: (keyof typeof STATE_CALLS)[]): Grant {
  return { actions: methods.flatMap((method) => STATE_CALLS[method]), resources: [stateTable] };
}

const STATE_CALLS = {
  get: ['dynamodb:GetItem'],
  query: ['dynamodb:Query'],
  write: ['dynamodb:PutItem', 'dynamodb:DeleteItem'],
} as const;

function startsNext({ stateMachine }: Places): Grant {
  return { actions: ['states:StartExecution'], resources: [stateMachine] };
}

function readsExecutions({ stateMachine }: Places): Grant {
  return {
    actions: ['states:DescribeExecution', 'states:GetExecutionHistory'],
    resources: [`${stateMachine.replace(':stateMachine:', ':execution:')}:*`],
    wildcard: 'Executions are named at run time.',
  };
}

/** Ends the clusters and job runs of a run, and sees them ended. */
function stopsWork(at: Places): Grant[] {
  return [
    ...managesClusters(at, 'ListSteps'),
    { actions: ['glue:GetJobRun', 'glue:GetJobRuns', 'glue:BatchStopJobRun'], resources: [at.glueJob] },
  ];
}

/** Finds Tidegate's clusters among all of the account, and ends them. */
function managesClusters(at: Places, ...further: ('ListSteps' | 'PutManagedScalingPolicy')[]): Grant[] {
  return [
    {
      actions: ['elasticmapreduce:ListClusters'],
      resources: ['*'],
      wildcard: 'ListClusters knows no resource (Service Authorization Reference, Amazon EMR).',
    },
    ownClusters(at, ['DescribeCluster', 'TerminateJobFlows', ...further]),
  ];
}
