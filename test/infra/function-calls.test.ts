import { type FunctionName, functionTable } from '../../tasks/functions.ts';
import { sdkCalls } from './sdk-calls.ts';
import { statementsOf } from './statements.ts';
import { synthesise } from './synthesise.ts';

/** What a call needs (Service Authorization Reference). Without ListBucket S3 answers 403 for what is not there. */
const actionsOfCalls: Readonly<Record<string, readonly string[]>> = {
  HeadObject: ['s3:GetObject', 's3:ListBucket'],
  GetObject: ['s3:GetObject', 's3:ListBucket'],
  PutObject: ['s3:PutObject'],
  CopyObject: ['s3:GetObject', 's3:PutObject'],
  ListObjectsV2: ['s3:ListBucket'],
  CreateMultipartUpload: ['s3:PutObject'],
  UploadPartCopy: ['s3:GetObject', 's3:PutObject'],
  CompleteMultipartUpload: ['s3:PutObject'],
  ListMultipartUploads: ['s3:ListBucketMultipartUploads'],
  ListParts: ['s3:ListMultipartUploadParts'],
  Get: ['dynamodb:GetItem'],
  Query: ['dynamodb:Query'],
  // A transaction is allowed by what is in it.
  TransactWrite: ['dynamodb:PutItem', 'dynamodb:DeleteItem'],
  ListClusters: ['elasticmapreduce:ListClusters'],
  DescribeCluster: ['elasticmapreduce:DescribeCluster'],
  ListSteps: ['elasticmapreduce:ListSteps'],
  PutManagedScalingPolicy: ['elasticmapreduce:PutManagedScalingPolicy'],
  TerminateJobFlows: ['elasticmapreduce:TerminateJobFlows'],
  GetJobRun: ['glue:GetJobRun'],
  GetJobRuns: ['glue:GetJobRuns'],
  BatchStopJobRun: ['glue:BatchStopJobRun'],
  StartExecution: ['states:StartExecution'],
  DescribeExecution: ['states:DescribeExecution'],
  GetExecutionHistory: ['states:GetExecutionHistory'],
  ListExecutions: ['states:ListExecutions'],
  Publish: ['sns:Publish'],
};

/** They name versions of the source bucket's objects. */
const READ_VERSIONS = new Set<FunctionName>(['AdmitUpload', 'PinInput']);
const OF_VERSIONS = ['s3:GetObjectVersion', 's3:ListBucketVersions'];

const template = synthesise();
const names = Object.keys(functionTable) as FunctionName[];

function allowedTo(name: FunctionName): string[] {
  const actions = statementsOf(template, `PipelineFunctions${name}Role`).flatMap(
    (statement) => statement.actions,
  );
  // Every function writes its log and its traces.
  return [...new Set(actions.filter((action) => !/^(logs|xray):/.test(action)))].toSorted();
}

describe('what a function is allowed', () => {
  it.each(names)('is what the code of %s calls, and nothing else', async (name) => {
    const calls = await sdkCalls(name);
    const unknown = calls.filter((call) => !(call in actionsOfCalls));
    expect(unknown).toEqual([]);
    const needed = new Set(calls.flatMap((call) => actionsOfCalls[call] ?? []));
    if (READ_VERSIONS.has(name)) for (const action of OF_VERSIONS) needed.add(action);
    expect(allowedTo(name)).toEqual([...needed].toSorted());
  });

  it('is seen through helpers, private methods and pagination', async () => {
    expect(await sdkCalls('PinInput')).toEqual(
      expect.arrayContaining(['UploadPartCopy', 'ListParts', 'Get']),
    );
    expect(await sdkCalls('CleanUp')).toEqual(
      expect.arrayContaining(['ListExecutions', 'ListSteps', 'GetJobRuns']),
    );
    expect(await sdkCalls('RedriveGate')).toEqual([]);
  });
});
