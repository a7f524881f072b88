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
    readsState(at),
    writesState(at),
  ],
  PinInput: (at) => [
    ...readsUploads(at),
    ...readsKeys(at.destinationBucket, 'runs/'),
    writesKeys(at.destinationBucket, 'runs/*/input/*'),
    ...resumesMultipart(at.destinationBucket, 'runs/*/input/*'),
    readsState(at),
  ],
  PlanRun: (at) => [
    ...readsKeys(at.destinationBucket, 'runs/'),
    writesKeys(at.destinationBucket, 'runs/*/batch.json'),
    readsState(at),
    writesState(at),
  ],
  LeaseCluster: (at) => [...managesClusters(at), readsState(at), writesState(at)],
  ReturnCluster: (at) => [...managesClusters(at), readsState(at), writesState(at)],
  VerifyOutput: (at) => [...readsKeys(at.destinationBucket, 'runs/'), readsState(at), writesState(at)],
  CopyParts: (at) => [
    ...readsKeys(at.destinationBucket, 'runs/'),
    writesKeys(at.destinationBucket, 'runs/*/uploads/*'),
  ],
  Deliver: (at) => readsKeys(at.destinationBucket, 'runs/'),
  LeaveGate: (at) => [
    ...readsKeys(at.destinationBucket, 'runs/'),
    readsState(at),
    writesState(at),
    startsNext(at),
    { actions: ['sns:Publish'], resources: [at.topic] },
  ],
  DiagnoseFailure: (at) => [
    ...readsKeys(at.destinationBucket, 'runs/'),
    ...readsKeys(at.artifactsBucket, 'emr-logs/'),
    readsState(at),
    ownClusters(at, ['DescribeCluster']),
  ],
  CleanUp: (at) => [
    ...managesClusters(at),
    { actions: ['glue:GetJobRun', 'glue:GetJobRuns', 'glue:BatchStopJobRun'], resources: [at.glueJob] },
    readsState(at),
    writesState(at),
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

function readsState({ stateTable }: Places): Grant {
  return { actions: ['dynamodb:GetItem', 'dynamodb:Query'], resources: [stateTable] };
}

/** A transaction is allowed by what is in it. */
function writesState({ stateTable }: Places): Grant {
  return {
    actions: [
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
      'dynamodb:DeleteItem',
      'dynamodb:ConditionCheckItem',
    ],
    resources: [stateTable],
  };
}

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

/** Finds Tidegate's clusters among all of the account, looks whether they work, and ends them. */
function managesClusters(at: Places): Grant[] {
  return [
    {
      actions: ['elasticmapreduce:ListClusters'],
      resources: ['*'],
      wildcard: 'ListClusters knows no resource (Service Authorization Reference, Amazon EMR).',
    },
    ownClusters(at, ['DescribeCluster', 'ListSteps', 'TerminateJobFlows']),
  ];
}
