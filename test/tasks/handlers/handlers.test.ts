import './environment.ts';
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  DescribeClusterCommand,
  EMRClient,
  ListClustersCommand,
  TerminateJobFlowsCommand,
} from '@aws-sdk/client-emr';
import {
  BatchStopJobRunCommand,
  GetJobRunCommand,
  GetJobRunsCommand,
  GlueClient,
} from '@aws-sdk/client-glue';
import {
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  NotFound,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { ExecutionAlreadyExists, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import {
  DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import 'aws-sdk-client-mock-jest';
import { S3ObjectStore } from '../../../tasks/adapters/s3-object-store.ts';
import { SfnExecutions } from '../../../tasks/adapters/sfn-executions.ts';
import { SnsNotices } from '../../../tasks/adapters/sns-notices.ts';
import { handler as admitUpload } from '../../../tasks/admit-upload/handler.ts';
import { handler as cleanUp } from '../../../tasks/clean-up/handler.ts';
import { ObjectUnreadable } from '../../../tasks/core/ports.ts';
import { runIdOf } from '../../../tasks/core/run-id.ts';
import { handler as diagnoseFailure } from '../../../tasks/diagnose-failure/handler.ts';
import { handler as leaseCluster } from '../../../tasks/lease-cluster/handler.ts';
import { handler as redriveGate } from '../../../tasks/redrive-gate/handler.ts';
import { handler as returnCluster } from '../../../tasks/return-cluster/handler.ts';
import { lambdaContext } from '../../fakes/lambda-context.ts';
import { contractOf, executionOf, objectCreated, uploadOf } from '../../fakes/samples.ts';

const s3 = mockClient(S3Client);
const dynamo = mockClient(DynamoDBDocumentClient);
const emr = mockClient(EMRClient);
const glue = mockClient(GlueClient);
const sfn = mockClient(SFNClient);
const sns = mockClient(SNSClient);
const context = lambdaContext();
const execution = executionOf('e1');
const runId = runIdOf(execution.arn, new Date(execution.startTime));

beforeEach(() => {
  for (const client of [s3, dynamo, emr, glue, sfn, sns]) client.reset();
});

const stored = (text: string) =>
  ({ Body: { transformToByteArray: async () => Buffer.from(text) } }) as unknown as Record<string, never>;
const notFound = () => new NotFound({ message: 'not found', $metadata: {} });

describe('AdmitUpload', () => {
  const { uploadId, orderStamp } = uploadOf('flights/a.csv');

  beforeEach(() => {
    s3.on(GetObjectCommand).resolves(stored(JSON.stringify(contractOf())));
    s3.on(HeadObjectCommand).rejects(notFound());
    dynamo.on(GetCommand).resolves({});
    const sk = `waiting#${orderStamp}#${uploadId}`;
    const item = { uploadId, sizeBytes: 10, wanted: 1 };
    dynamo.on(QueryCommand).resolves({ Items: [{ pk: 'dataset#flights', sk, item, version: 1 }] });
    const run = {
      runId,
      dataset: 'flights',
      executionArn: execution.arn,
      startedAt: execution.startTime,
      status: 'RUNNING',
      redriveCount: 0,
      uploads: [{ uploadId, generation: 1 }],
      attempt: 0,
      discardedAttempt: 0,
      plan: null,
      outcome: null,
    };
    const key = { pk: 'dataset#flights', sk: `run#${runId}` };
    dynamo.on(GetCommand, { Key: key }).resolves({ Item: { ...key, item: run, version: 1 } });
  });

  const writes = () =>
    dynamo
      .commandCalls(TransactWriteCommand)
      .map((call) => call.args[0].input.TransactItems?.map(({ Put }) => Put?.Item?.['sk']));

  test('queues the upload, takes the gate with the run in one transaction, and pins the contract', async () => {
    const answer = await admitUpload({ input: objectCreated('flights/a.csv'), execution }, context);
    expect(answer).toMatchObject({ outcome: 'Run', runId, uploadIds: [uploadId] });
    expect(writes()).toEqual([
      [`upload#${uploadId}`, expect.stringMatching(/^waiting#/)],
      ['gate', `run#${runId}`, 'dataset', 'flights'],
    ]);
    expect(s3).toHaveReceivedCommandWith(PutObjectCommand, {
      Bucket: 'destination',
      Key: `runs/flights/${runId}/contract.json`,
    });
  });

  test('reads again when the transaction met another writer, and fails for any other reason', async () => {
    const canceled = (Code: string) =>
      new TransactionCanceledException({
        message: 'canceled',
        $metadata: {},
        CancellationReasons: [{ Code }],
      });
    dynamo.on(TransactWriteCommand).rejectsOnce(canceled('ConditionalCheckFailed')).resolves({});
    await admitUpload({ input: objectCreated('flights/a.csv'), execution }, context);
    expect(dynamo).toHaveReceivedCommandTimes(TransactWriteCommand, 3);

    dynamo.on(TransactWriteCommand).rejects(canceled('ValidationError'));
    const failed = admitUpload({ input: objectCreated('flights/a.csv'), execution }, context);
    await expect(failed).rejects.toMatchObject({ name: 'TransactionCanceledException' });
  });

  test('refuses an input of the wrong shape before it asks any service', async () => {
    const refused = admitUpload({ input: { bucket: 7 }, execution }, context);
    await expect(refused).rejects.toMatchObject({
      name: 'InvalidInput',
      message: expect.stringContaining('bucket'),
    });
    expect([s3.calls(), dynamo.calls()]).toEqual([[], []]);
  });
});

describe('LeaseCluster and ReturnCluster', () => {
  const shape = { releaseLabel: 'emr-spark-8.1.0', instanceType: 'm7g.xlarge', instanceCount: 2 };
  const input = { dataset: 'flights', runId, attempt: 1, shape };
  const own = { Id: 'j-2', Name: `tidegate-flights-${runId}-1`, Status: { State: 'STARTING' } } as const;

  beforeEach(() => {
    dynamo.on(QueryCommand).resolves({ Items: [] });
    emr
      .on(ListClustersCommand)
      .resolvesOnce({
        Clusters: [{ Id: 'j-1', Name: 'other', Status: { State: 'WAITING' } }],
        Marker: 'more',
      })
      .resolves({ Clusters: [own] });
  });

  test('finds the cluster of the attempt on any page of those that have not ended', async () => {
    expect(await leaseCluster({ ...input, mostInstances: 4 }, context)).toEqual({ clusterId: 'j-2' });
    expect(emr).toHaveReceivedCommandWith(ListClustersCommand, {
      ClusterStates: ['STARTING', 'BOOTSTRAPPING', 'RUNNING', 'WAITING', 'TERMINATING'],
    });
  });

  test('asks for the end of the cluster', async () => {
    emr.on(TerminateJobFlowsCommand).resolves({});
    const returned = { ...input, clusterId: 'j-2', keepWarm: false, idleTimeoutSeconds: 900 };
    expect(await returnCluster(returned, context)).toEqual({ clusterId: 'j-2', keptWarm: false });
    expect(emr).toHaveReceivedCommandWith(TerminateJobFlowsCommand, { JobFlowIds: ['j-2'] });
  });
});

describe('DiagnoseFailure', () => {
  test('asks for the cluster of a failed step', async () => {
    s3.on(GetObjectCommand).rejects(notFound());
    dynamo.on(GetCommand).resolves({});
    emr.on(DescribeClusterCommand).resolves({
      Cluster: {
        Status: {
          State: 'TERMINATED_WITH_ERRORS',
          StateChangeReason: { Code: 'INTERNAL_ERROR', Message: 'lost' },
        },
      },
    });
    const failure = { state: 'RunSparkStep', error: 'States.TaskFailed', cause: '{}' };
    const input = objectCreated('flights/a.csv');
    const diagnosis = await diagnoseFailure(
      { failure, execution, input, attempt: 1, clusterId: 'j-1' },
      context,
    );
    expect(diagnosis).toMatchObject({
      error: 'ClusterGone',
      cause: expect.stringContaining('INTERNAL_ERROR: lost'),
      redriveCount: 0,
    });
  });
});

describe('CleanUp', () => {
  const record = {
    upload: uploadOf('flights/a.csv'),
    status: 'RUNNING',
    wanted: 1,
    taken: 1,
    replayedBy: null,
    runId,
    reason: null,
  };
  const run = {
    runId,
    dataset: 'flights',
    executionArn: execution.arn,
    startedAt: execution.startTime,
    status: 'RUNNING',
    redriveCount: 0,
    uploads: [{ uploadId: record.upload.uploadId, generation: 1 }],
    attempt: 1,
    discardedAttempt: 0,
    plan: null,
    outcome: null,
  };
  const input = { execution, error: 'GlueJobFailed', cause: 'boom', messageId: '' };

  beforeEach(() => {
    const item = (sk: string, content: object) =>
      dynamo.on(GetCommand, { Key: { pk: 'dataset#flights', sk } }).resolves({
        Item: { pk: 'dataset#flights', sk, item: content, version: 3 },
      });
    dynamo.on(GetCommand).resolves({});
    item(`run#${runId}`, run);
    item(`upload#${record.upload.uploadId}`, record);
    item('gate', { holder: runId, holderExecutionArn: execution.arn, epoch: 4, reserved: null });
    const index = { pk: `run#${runId}`, sk: 'dataset' };
    dynamo
      .on(GetCommand, { Key: index })
      .resolves({ Item: { ...index, item: { dataset: 'flights' }, version: 1 } });
    dynamo.on(QueryCommand).resolves({ Items: [] });
    dynamo.on(TransactWriteCommand).resolves({});
    emr.on(ListClustersCommand).resolves({ Clusters: [] });
  });

  test('stops the job runs that work for the run, and no others', async () => {
    const jobRun = (Id: string, JobRunState: 'RUNNING' | 'SUCCEEDED', worksFor: string) => ({
      Id,
      JobRunState,
      Arguments: { '--run-id': worksFor },
    });
    glue.on(GetJobRunsCommand).resolves({
      JobRuns: [
        jobRun('jr-1', 'RUNNING', runId),
        jobRun('jr-2', 'SUCCEEDED', runId),
        jobRun('jr-3', 'RUNNING', 'other'),
      ],
    });
    glue.on(BatchStopJobRunCommand).resolves({});
    expect(await cleanUp(input, context)).toEqual({ clusters: [], jobRuns: ['jr-1'], released: false });
    expect(glue).toHaveReceivedCommandTimes(BatchStopJobRunCommand, 1);
    expect(glue).toHaveReceivedCommandWith(BatchStopJobRunCommand, {
      JobName: 'tidegate',
      JobRunIds: ['jr-1'],
    });
  });

  test('fails when Glue does not stop a job run that goes on, so that it is tried again', async () => {
    glue
      .on(GetJobRunsCommand)
      .resolves({ JobRuns: [{ Id: 'jr-1', JobRunState: 'RUNNING', Arguments: { '--run-id': runId } }] });
    glue.on(BatchStopJobRunCommand).resolves({
      Errors: [
        {
          JobRunId: 'jr-1',
          ErrorDetail: { ErrorCode: 'InternalServiceException', ErrorMessage: 'try later' },
        },
      ],
    });
    glue.on(GetJobRunCommand).resolves({ JobRun: { Id: 'jr-1', JobRunState: 'RUNNING' } });
    await expect(cleanUp(input, context)).rejects.toThrow('try later');
    expect(dynamo).not.toHaveReceivedCommand(TransactWriteCommand);

    glue.on(GetJobRunCommand).resolves({ JobRun: { Id: 'jr-1', JobRunState: 'STOPPED' } });
    expect(await cleanUp(input, context)).toMatchObject({ jobRuns: ['jr-1'] });
  });
});

describe('an error of a client', () => {
  const asked = { input: objectCreated('flights/a.csv'), execution };
  const failing = (failure: object) => {
    dynamo.on(GetCommand).rejects(Object.assign(new Error('why'), failure));
    return admitUpload(asked, context);
  };

  test.each([
    ['is throttled', { name: 'ThrottlingException' }],
    ['of the service itself', { name: 'Odd', $metadata: { httpStatusCode: 503 } }],
    ['is throttled in words of its own', { name: 'Odd', $metadata: { httpStatusCode: 429 } }],
    ['is throttled by the key of a topic', { name: 'KMSThrottlingException' }],
    ['is cut off', { code: 'ECONNRESET' }],
    ['comes of the same copy that another call has completed meanwhile', { name: 'NoSuchUpload' }],
    [
      'is throttled within a transaction',
      {
        name: 'TransactionCanceledException',
        CancellationReasons: [{ Code: 'None' }, { Code: 'ThrottlingError' }],
      },
    ],
  ])('that %s goes by the name that is retried', async (_name, failure) => {
    await expect(failing(failure)).rejects.toMatchObject({ name: 'ServiceUnavailable' });
  });

  test.each([
    ['is refused', { name: 'AccessDeniedException', $metadata: { httpStatusCode: 400 } }],
    ['is a bug', { name: 'TypeError' }],
  ])('that %s stays what it is', async (_name, failure) => {
    await expect(failing(failure)).rejects.toMatchObject({ name: failure.name });
  });
});

describe('RedriveGate', () => {
  const failure = { error: 'LoadFailed', cause: 'invalid', failedAtRedrive: 1 };

  test('ends the execution with the true error', async () => {
    const failed = redriveGate({ ...failure, redriveCount: 1 }, context);
    await expect(failed).rejects.toMatchObject({ name: 'LoadFailed', message: 'invalid' });
  });

  test('leads on when the execution was redriven since', async () => {
    expect(await redriveGate({ ...failure, redriveCount: 2 }, context)).toEqual({ redrive: 2 });
  });
});

describe('the adapters', () => {
  const s3Error = (name: string, httpStatusCode: number) =>
    new S3ServiceException({ name, $fault: 'client', $metadata: { httpStatusCode } });

  test.each([
    [
      'encrypted with a key that its uploader kept',
      () => s3.on(HeadObjectCommand).rejects(s3Error('BadRequest', 400)),
    ],
    ['archived', () => s3.on(CopyObjectCommand).rejects(s3Error('InvalidObjectState', 403))],
    ['archived', () => s3.on(CopyObjectCommand).rejects(s3Error('ObjectNotInActiveTierError', 403))],
  ])('an object that is %s is told from one that may not be read', async (reason, refuse) => {
    s3.on(HeadObjectCommand).resolves({ ContentLength: 3, VersionId: 'v1' });
    s3.on(CopyObjectCommand).rejects(s3Error('AccessDenied', 403));
    const objects = new S3ObjectStore(new S3Client({}));
    const copy = () => objects.copy({ bucket: 'source', key: 'a' }, { bucket: 'destination', key: 'a' });
    await expect(copy()).rejects.toMatchObject({ name: 'AccessDenied' });
    refuse();
    const refused = copy();
    await expect(refused).rejects.toThrow(ObjectUnreadable);
    await expect(refused).rejects.toThrow(reason);
  });

  test('an object that is archived is told also where it is copied in parts', async () => {
    s3.on(HeadObjectCommand).resolves({ ContentLength: 300_000_000 });
    s3.on(ListMultipartUploadsCommand).resolves({});
    s3.on(CreateMultipartUploadCommand).resolves({ UploadId: 'one' });
    s3.on(ListPartsCommand).resolves({});
    s3.on(UploadPartCopyCommand).rejects(s3Error('InvalidObjectState', 403));
    const objects = new S3ObjectStore(new S3Client({}));
    const copied = objects.copy({ bucket: 'source', key: 'a' }, { bucket: 'destination', key: 'a' });
    await expect(copied).rejects.toMatchObject({ name: 'ObjectUnreadable', message: 'is archived' });
  });

  test('a copy that S3 refuses for the moment is no word on the object', async () => {
    s3.on(HeadObjectCommand).resolves({ ContentLength: 3 });
    s3.on(CopyObjectCommand).rejects(s3Error('RequestTimeout', 400));
    const objects = new S3ObjectStore(new S3Client({}));
    const copied = objects.copy({ bucket: 'source', key: 'a' }, { bucket: 'destination', key: 'a' });
    await expect(copied).rejects.toMatchObject({ name: 'RequestTimeout' });
  });

  test('an execution of a name that was started already is left as it is', async () => {
    sfn.on(StartExecutionCommand).rejects(new ExecutionAlreadyExists({ message: 'exists', $metadata: {} }));
    const executions = new SfnExecutions(new SFNClient({}), 'arn:machine');
    await executions.start('flights-after-1', { dataset: 'flights' });
    expect(sfn).toHaveReceivedCommandWith(StartExecutionCommand, {
      stateMachineArn: 'arn:machine',
      name: 'flights-after-1',
      input: '{"dataset":"flights"}',
    });
  });

  test('a notice goes to the topic', async () => {
    sns.on(PublishCommand).resolves({});
    await new SnsNotices(new SNSClient({}), 'arn:topic').publish('subject', 'message');
    expect(sns).toHaveReceivedCommandWith(PublishCommand, {
      TopicArn: 'arn:topic',
      Subject: 'subject',
      Message: 'message',
    });
  });
});
