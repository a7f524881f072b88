import { gzipSync } from 'node:zlib';
import { admitUpload } from '../../../tasks/admit-upload/admit-upload.ts';
import { runIdOf } from '../../../tasks/core/run-id.ts';
import { diagnoseFailure } from '../../../tasks/diagnose-failure/diagnose-failure.ts';
import type { MemoryObjectStore } from '../../fakes/memory-object-store.ts';
import { memoryPorts } from '../../fakes/memory-ports.ts';
import type { MemoryClusters } from '../../fakes/memory-services.ts';
import { executionOf, objectCreated } from '../../fakes/samples.ts';

const EXECUTION = executionOf('e1');
const RUN_ID = runIdOf(EXECUTION.arn, new Date(EXECUTION.startTime));
const STATE_MACHINE = 'arn:aws:states:us-east-1:123456789012:stateMachine:ingest';

const stepCause = JSON.stringify({
  Step: {
    Id: 's-1',
    Status: {
      State: 'FAILED',
      FailureDetails: {
        Reason: 'Unknown Error.',
        LogFile: 's3://artifacts/emr-logs/j-1/steps/s-1/stderr.gz',
      },
    },
  },
});
const lambdaCause = (errorType: string, errorMessage: string) =>
  JSON.stringify({
    errorType,
    errorMessage,
    trace: [`${errorType}: ${errorMessage}`, '    at choose (choose.ts:7)'],
  });

const diagnose = async (
  state: string,
  error: string,
  cause: string,
  prepare?: (o: MemoryObjectStore, c: MemoryClusters) => void,
) => {
  const world = memoryPorts();
  world.clusters.create('j-1', 'tidegate');
  const input = objectCreated("flights/it's.csv");
  await admitUpload(input, EXECUTION, world);
  prepare?.(world.objects, world.clusters);
  return diagnoseFailure(
    { failure: { state, error, cause }, execution: EXECUTION, input, attempt: 1, clusterId: 'j-1' },
    world,
  );
};

const jobError = (error: string, message: string) => (objects: MemoryObjectStore) => {
  const body = {
    formatVersion: 1,
    runId: RUN_ID,
    attempt: 1,
    error,
    pythonClass: 'X',
    message,
    stage: 'merge',
  };
  objects.put('destination', `runs/flights/${RUN_ID}/attempts/1/error.json`, JSON.stringify(body));
};

describe('names one of our errors and the root cause', () => {
  const emrCause = (message: string, code: string, status = 400) =>
    `${message} (Service: AmazonElasticMapReduce; Status Code: ${status}; Error Code: ${code}; Request ID: 1; Proxy: null)`;
  const clusterCause = (Code: string, Message: string) =>
    JSON.stringify({ Cluster: { Id: 'j-1', Status: { StateChangeReason: { Code, Message } } } });
  const jobRunCause = (ErrorMessage: string) =>
    JSON.stringify({ Id: 'jr_1', JobRunState: 'FAILED', ErrorMessage });

  test.each([
    [
      "BigQuery's errors, all of them",
      'Deliver',
      'LoadFailed',
      lambdaCause('LoadFailed', 'Job x failed: invalid: no such field\ninvalid: gs://b/part-1: also this'),
      'LoadFailed',
      'also this',
    ],
    [
      'a failed Glue run',
      'RunGlueJob',
      'States.TaskFailed',
      jobRunCause('OutOfMemoryError: Java heap space'),
      'GlueJobFailed',
      'Java heap space',
    ],
    ...[
      'Command failed with exit code 52',
      'ExecutorLostFailure (executor 3 exited): Container killed. Exit status: 137.',
    ].map((said): [string, string, string, string, string, string] => [
      `a Glue run that wanted memory: ${said}`,
      'RunGlueJob',
      'States.TaskFailed',
      jobRunCause(said),
      'GlueJobFailed',
      `The job ran out of memory; a redrive uses compute with more memory. ${said}`,
    ]),
    [
      'a Glue run that was ended for its time',
      'RunGlueJob',
      'States.TaskFailed',
      JSON.stringify({ Id: 'jr_1', JobRunState: 'TIMEOUT', Timeout: 15 }),
      'StageTimedOut',
      'RunGlueJob took longer than the time that the plan gave the job; a redrive gives it more.',
    ],
    [
      'too many Glue runs at once',
      'RunGlueJob',
      'Glue.ConcurrentRunsExceededException',
      'Concurrent runs exceeded for tidegate (Service: AWSGlue; Status Code: 400)',
      'QuotaExceeded',
      'Concurrent runs exceeded',
    ],
    [
      'a cluster without capacity',
      'CreateCluster',
      'States.TaskFailed',
      clusterCause('INSTANCE_FAILURE', 'EC2: InsufficientInstanceCapacity: we do not have enough m7g.xlarge'),
      'CapacityMissing',
      'm7g.xlarge',
    ],
    [
      'a cluster above the quota of vCPUs',
      'CreateCluster',
      'States.TaskFailed',
      clusterCause(
        'VALIDATION_ERROR',
        'You have requested more vCPU capacity than your current vCPU limit of 32',
      ),
      'QuotaExceeded',
      'vCPU limit of 32',
    ],
    [
      'a cluster that could not bootstrap',
      'CreateCluster',
      'States.TaskFailed',
      clusterCause('BOOTSTRAP_FAILURE', 'On the master instance (i-1), bootstrap action 1 returned 1'),
      'ClusterFailed',
      'BOOTSTRAP_FAILURE: On the master',
    ],
    [
      'a cluster that EMR refuses',
      'CreateCluster',
      'EMR.AmazonElasticMapReduceException',
      emrCause('Subnet is required', 'ValidationException'),
      'ClusterFailed',
      'Subnet is required',
    ],
    [
      'an EMR that asks to wait',
      'CreateCluster',
      'EMR.AmazonElasticMapReduceException',
      emrCause('Rate exceeded', 'ThrottlingException'),
      'ServiceUnavailable',
      'Rate exceeded',
    ],
    [
      'a step that EMR did not take',
      'RunSparkStep',
      'EMR.AmazonElasticMapReduceException',
      emrCause('Maximum number of active steps exceeded', 'ValidationException'),
      'SparkStepFailed',
      'EMR did not accept the step',
    ],
    [
      'a missing permission of the state machine',
      'RunGlueJob',
      'Glue.AccessDeniedException',
      'User: x is not authorized to perform: glue:StartJobRun',
      'PermissionMissing',
      'glue:StartJobRun',
    ],
    [
      'a missing permission of the Spark job',
      'RunGlueJob',
      'States.TaskFailed',
      jobRunCause(
        'An error occurred while calling o1.parquet. Access Denied (Status Code: 403; Error Code: AccessDenied)',
      ),
      'PermissionMissing',
      'calling o1.parquet',
    ],
    [
      'a missing permission at Google',
      'Deliver',
      'Error',
      lambdaCause('Error', 'BigQuery answered 403 accessDenied: Permission bigquery.jobs.create denied'),
      'PermissionMissing',
      'bigquery.jobs.create',
    ],
    ['a state that took too long', 'PinInputs', 'States.Timeout', '', 'StageTimedOut', 'PinInputs'],
    [
      'a Lambda that never came up',
      'PlanRun',
      'Lambda.TooManyRequestsException',
      'Rate Exceeded. (Service: Lambda, Status Code: 429)',
      'ServiceUnavailable',
      'Status Code: 429',
    ],
    [
      'a bug, with the place where it was thrown',
      'PlanRun',
      'TypeError',
      lambdaCause('TypeError', 'x is undefined'),
      'UnexpectedFailure',
      'x is undefined\nat choose (choose.ts:7)',
    ],
    ['a cause that is no JSON', 'PlanRun', 'States.Runtime', 'text {', 'UnexpectedFailure', 'text {'],
  ])('%s', async (_name, state, error, cause, expectedError, expectedCause) => {
    const diagnosis = await diagnose(state, error, cause);
    expect(diagnosis).toMatchObject({ error: expectedError, cause: expect.stringContaining(expectedCause) });
  });

  test('a failed step without a word of the job shows the end of its log', async () => {
    const diagnosis = await diagnose('RunSparkStep', 'States.TaskFailed', stepCause, (objects) => {
      const log = gzipSync(
        `${'noise\n'.repeat(1000)}Caused by: java.io.IOException: No space left on device\n`,
      );
      objects.put('artifacts', 'emr-logs/j-1/steps/s-1/stderr.gz', log);
    });
    expect(diagnosis).toMatchObject({ error: 'SparkStepFailed', again: false });
    expect(diagnosis.cause).toMatch(
      /^The end of its log:\nnoise\n(.*\n)*Caused by: .*No space left on device$/,
    );
    expect(diagnosis.cause.length).toBeLessThan(500);
  });

  test('a failed step that wanted memory says so before the end of its log', async () => {
    const diagnosis = await diagnose('RunSparkStep', 'States.TaskFailed', stepCause, (objects) => {
      const log = 'Final app status: FAILED, exitCode: 52\nShutdown hook called\n';
      objects.put('artifacts', 'emr-logs/j-1/steps/s-1/stderr.gz', gzipSync(log));
    });
    expect(diagnosis.cause).toMatch(/^The job ran out of memory; a redrive uses compute with more memory\. /);
  });

  test.each(['Command failed with exit code 1', 'Exit status: 143', 'exit code 521', 'exited after 52 s'])(
    'no want of memory: %s',
    async (said) => {
      expect((await diagnose('RunGlueJob', 'States.TaskFailed', jobRunCause(said))).cause).toBe(said);
    },
  );

  test("words of the job's log are not taken for a trouble of the account", async () => {
    const diagnosis = await diagnose('RunSparkStep', 'States.TaskFailed', stepCause, (objects) => {
      const log = gzipSync('retried after AccessDenied: 403\n');
      objects.put('artifacts', 'emr-logs/j-1/steps/s-1/stderr.gz', log);
    });
    expect(diagnosis.error).toBe('SparkStepFailed');
    expect(diagnosis.cause).toBe('The end of its log:\nretried after AccessDenied: 403');
  });

  test('a log that is cut in the middle, or is none, leaves the failure itself to be told', async () => {
    const log = gzipSync(Buffer.from(Array.from({ length: 50_000 }, (_, index) => (index * 7919) % 251)));
    for (const bytes of [log.subarray(0, log.length / 2), Buffer.from('no gzip')]) {
      const diagnosis = await diagnose('RunSparkStep', 'States.TaskFailed', stepCause, (objects) => {
        objects.put('artifacts', 'emr-logs/j-1/steps/s-1/stderr.gz', bytes);
      });
      expect(diagnosis.cause).toBe('Step s-1 is FAILED and gave no reason.');
    }
  });

  test('a failed step of which nothing is known yet says that', async () => {
    const diagnosis = await diagnose('RunSparkStep', 'States.TaskFailed', stepCause);
    expect(diagnosis.cause).toBe('Step s-1 is FAILED and gave no reason.');
  });

  test("the job's own error goes before what the service says of it", async () => {
    const diagnosis = await diagnose(
      'RunSparkStep',
      'States.TaskFailed',
      stepCause,
      jobError('ContractIncompatible', 'column id: integer to date'),
    );
    expect(diagnosis).toMatchObject({
      error: 'ContractIncompatible',
      cause: 'column id: integer to date (stage: merge)',
    });
  });

  test("the job's general error takes the engine's name", async () => {
    const diagnosis = await diagnose(
      'RunGlueJob',
      'States.TaskFailed',
      '{"Id":"jr_1"}',
      jobError('SparkJobFailed', 'boom'),
    );
    expect(diagnosis).toMatchObject({ error: 'GlueJobFailed', cause: 'boom (stage: merge)' });
  });

  test.each([
    ['by a word of EMR alone', undefined],
    [
      'though the job, dying, left an error of its own',
      jobError('SparkJobFailed', 'SparkContext was shut down'),
    ],
  ])('a step whose cluster ended under it is tried again: %s', async (_name, prepare) => {
    const diagnosis = await diagnose('RunSparkStep', 'States.TaskFailed', stepCause, (objects, clusters) => {
      clusters.create('j-1', 'tidegate', 'TERMINATED_WITH_ERRORS', 'INSTANCE_FAILURE: lost');
      prepare?.(objects);
    });
    expect(diagnosis).toMatchObject({
      error: 'ClusterGone',
      cause: expect.stringContaining('INSTANCE_FAILURE: lost'),
      again: true,
    });
  });

  test("the job's own error stands though its cluster has ended since", async () => {
    const diagnosis = await diagnose('RunSparkStep', 'States.TaskFailed', stepCause, (objects, clusters) => {
      clusters.create('j-1', 'tidegate', 'TERMINATED', 'ALL_STEPS_COMPLETED');
      jobError('ContractIncompatible', 'column id: integer to date')(objects);
    });
    expect(diagnosis).toMatchObject({ error: 'ContractIncompatible', again: false });
  });

  test.each([
    ['CreateCluster', 'EMR.SdkClientException', true],
    ['RunSparkStep', 'EMR.SdkClientException', true],
    ['RunGlueJob', 'Glue.SdkClientException', true],
    ['RunGlueJob', 'Glue.InvalidInputException', false],
    ['PlanRun', 'Lambda.SdkClientException', false],
  ])('%s after %s goes round by itself: %s', async (state, error, again) => {
    expect(await diagnose(state, error, 'Unable to execute: connection reset')).toMatchObject({ again });
  });

  test('a job error that cannot be read does not hide the failure', async () => {
    const diagnosis = await diagnose('RunSparkStep', 'States.TaskFailed', stepCause, (objects) =>
      objects.put('destination', `runs/flights/${RUN_ID}/attempts/1/error.json`, '{"formatVersion":1'),
    );
    expect(diagnosis.error).toBe('SparkStepFailed');
  });
});

describe('the alert', () => {
  test('gives no command that would fail again', async () => {
    const { message } = await diagnose(
      'RunSparkStep',
      'States.TaskFailed',
      stepCause,
      jobError('ContractIncompatible', 'transform.sql cannot be run'),
    );
    expect(message).toContain('Error: ContractIncompatible');
    expect(message).not.toContain('redrive-execution');
    expect(message).toContain(`--input '{"runId":"${RUN_ID}"}'`);
  });

  test('says in its first lines what broke, why and what to do, gives the two commands, and where to look', async () => {
    const { subject, message } = await diagnose('RunSparkStep', 'States.TaskFailed', stepCause);
    expect(subject).toBe('Tidegate: flights: SparkStepFailed');
    const [meaning, why, what] = message.split('\n');
    expect(meaning).toBe('flights: The Spark job failed on EMR.');
    expect(why).toBe('Why: Step s-1 is FAILED and gave no reason.');
    expect(what).toMatch(/^What to do: .*redrive/);
    expect(message).toContain(
      `aws stepfunctions redrive-execution --region us-east-1 --execution-arn ${EXECUTION.arn}\n`,
    );
    expect(message).toContain(
      `aws stepfunctions start-execution --region us-east-1 --state-machine-arn ${STATE_MACHINE} --input '{"runId":"${RUN_ID}"}'\n`,
    );
    expect(message).toContain(
      `Error: SparkStepFailed in RunSparkStep, attempt 1 of run ${RUN_ID} (1 upload)`,
    );
    for (const place of [
      `#/v2/executions/details/${EXECUTION.arn}`,
      '#/clusterDetails/j-1\n',
      '#/clusterDetails/j-1/steps/s-1\n',
      'prefix=emr-logs%2Fj-1%2Fsteps%2Fs-1%2F',
      `s3/buckets/destination?region=us-east-1&prefix=${encodeURIComponent(`runs/flights/${RUN_ID}/attempts/1/`)}`,
    ])
      expect(message).toContain(place);
  });

  test('of a Glue run leads to the run and its log', async () => {
    const { message } = await diagnose('RunGlueJob', 'States.TaskFailed', '{"Id":"jr_1"}');
    expect(message).toContain('#/job/tidegate/run/jr_1\n');
    expect(message).toContain('$252Faws-glue$252Fjobs$252Ferror/log-events/jr_1\n');
  });

  test('of an execution without a run replays its file, whatever its key', async () => {
    const failure = { state: 'AdmitUpload', error: 'Error', cause: 'x' };
    const input = objectCreated("flights/it's.csv");
    const { message } = await diagnoseFailure(
      { failure, execution: EXECUTION, input, attempt: 0, clusterId: '' },
      memoryPorts(),
    );
    const replay = `{"bucket":"source","key":"flights/it'\\''s.csv","versionId":"v1"}`;
    expect(message).toContain(`--input '${replay}'\n`);
  });

  test('has a subject that SNS accepts, whatever failed', async () => {
    const execution = executionOf(`ü${'n'.repeat(79)}`);
    const failure = {
      state: 'AdmitUpload',
      error: 'InvalidInput',
      cause: lambdaCause('InvalidInput', 'x'.repeat(9000)),
    };
    const large = { failure, execution, input: { wrong: 'x'.repeat(200_000) }, attempt: 0, clusterId: '' };
    expect((await diagnoseFailure(large, memoryPorts())).message.length).toBeLessThan(10_000);
    const input = { wrong: true };
    const asked = { failure, execution, input, attempt: 0, clusterId: '' };
    const alert = await diagnoseFailure(asked, memoryPorts());
    expect(alert.subject).toMatch(/^[\x20-\x7e]{1,99}$/);
    expect(alert.message.length).toBeLessThan(6000);
    expect(alert.message).toContain(`--input '{"wrong":true}'`);
  });
});
