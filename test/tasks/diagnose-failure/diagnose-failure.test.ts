import { runIdOf } from '../../../tasks/core/run-id.ts';
import { diagnoseFailure } from '../../../tasks/diagnose-failure/diagnose-failure.ts';
import { MemoryObjectStore } from '../../fakes/memory-object-store.ts';
import { MemoryClusters } from '../../fakes/memory-services.ts';
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
  JSON.stringify({ errorType, errorMessage, trace: ['at x'] });

const diagnose = (
  state: string,
  error: string,
  cause: string,
  prepare?: (o: MemoryObjectStore, c: MemoryClusters) => void,
) => {
  const objects = new MemoryObjectStore();
  const clusters = new MemoryClusters();
  clusters.create('j-1', 'tidegate');
  prepare?.(objects, clusters);
  return diagnoseFailure(
    {
      failure: { state, error, cause },
      execution: EXECUTION,
      input: objectCreated("flights/it's.csv"),
      attempt: 1,
      clusterId: 'j-1',
    },
    { objects, clusters, destinationBucket: 'destination', stateMachineArn: STATE_MACHINE },
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
  test.each([
    [
      'a task of ours',
      'Deliver',
      'LoadFailed',
      lambdaCause('LoadFailed', 'invalid: no such field'),
      'LoadFailed',
      'invalid: no such field',
    ],
    [
      'a failed step without a word of the job',
      'RunSparkStep',
      'States.TaskFailed',
      stepCause,
      'SparkStepFailed',
      'stderr.gz',
    ],
    [
      'a failed Glue run',
      'RunGlueJob',
      'States.TaskFailed',
      '{"JobRunState":"FAILED","ErrorMessage":"OutOfMemoryError"}',
      'GlueJobFailed',
      'OutOfMemoryError',
    ],
    [
      'a cluster without capacity',
      'CreateCluster',
      'States.TaskFailed',
      '{"Cluster":{"Status":{"StateChangeReason":{"Code":"INSTANCE_FAILURE","Message":"no capacity"}}}}',
      'ClusterFailed',
      'INSTANCE_FAILURE: no capacity',
    ],
    [
      'a missing permission',
      'RunGlueJob',
      'Glue.AccessDeniedException',
      'User: x is not authorized to perform: glue:StartJobRun',
      'PermissionMissing',
      'glue:StartJobRun',
    ],
    ['a state that took too long', 'PinInputs', 'States.Timeout', '', 'StageTimedOut', 'PinInputs'],
    [
      'a bug',
      'PlanRun',
      'TypeError',
      lambdaCause('TypeError', 'x is undefined'),
      'UnexpectedFailure',
      'x is undefined',
    ],
    ['a cause that is no JSON', 'PlanRun', 'States.Runtime', 'text {', 'UnexpectedFailure', 'text {'],
  ])('%s', async (_name, state, error, cause, expectedError, expectedCause) => {
    const diagnosis = await diagnose(state, error, cause);
    expect(diagnosis).toMatchObject({ error: expectedError, cause: expect.stringContaining(expectedCause) });
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
      '{}',
      jobError('SparkJobFailed', 'boom'),
    );
    expect(diagnosis).toMatchObject({ error: 'GlueJobFailed', cause: 'boom (stage: merge)' });
  });

  test('a step whose cluster ended under it is ClusterGone', async () => {
    const diagnosis = await diagnose('RunSparkStep', 'States.TaskFailed', stepCause, (_, clusters) =>
      clusters.create('j-1', 'tidegate', 'TERMINATED_WITH_ERRORS', 'INSTANCE_FAILURE: lost'),
    );
    expect(diagnosis).toMatchObject({
      error: 'ClusterGone',
      cause: expect.stringContaining('INSTANCE_FAILURE: lost'),
    });
  });
});

describe('the alert', () => {
  test('says in its first lines what broke, why and what to do, and gives the two commands', async () => {
    const { subject, message } = await diagnose('RunSparkStep', 'States.TaskFailed', stepCause);
    expect(subject).toBe(`Tidegate: SparkStepFailed: flights run ${RUN_ID}`);
    const [first, meaning, why, what] = message.split('\n');
    expect(first).toBe(`SparkStepFailed: flights run ${RUN_ID}`);
    expect(meaning).toBe('The Spark job failed on EMR.');
    expect(why).toContain('Unknown Error.');
    expect(what).toMatch(/^Do: .*redrive/);
    expect(message).toContain(`aws stepfunctions redrive-execution --execution-arn ${EXECUTION.arn}`);
    const replay = `{"bucket":"source","key":"flights/it'\\''s.csv","versionId":"v1"}`;
    expect(message).toContain(
      `aws stepfunctions start-execution --state-machine-arn ${STATE_MACHINE} --input '${replay}'`,
    );
    expect(message).toContain('#/clusterDetails/j-1');
    expect(message).toContain(`s3://destination/runs/flights/${RUN_ID}/attempts/1/`);
  });

  test('has a subject that SNS accepts, whatever failed', async () => {
    const world = {
      objects: new MemoryObjectStore(),
      clusters: new MemoryClusters(),
      destinationBucket: 'd',
      stateMachineArn: STATE_MACHINE,
    };
    const execution = executionOf(`ü${'n'.repeat(79)}`);
    const failure = {
      state: 'AdmitUpload',
      error: 'InvalidInput',
      cause: lambdaCause('InvalidInput', 'x'.repeat(9000)),
    };
    const input = { wrong: true };
    const alert = await diagnoseFailure({ failure, execution, input, attempt: 0, clusterId: '' }, world);
    expect(alert.subject).toMatch(/^[\x20-\x7e]{1,99}$/);
    expect(alert.message.length).toBeLessThan(6000);
    expect(alert.message).toContain(`--input '{"wrong":true}'`);
  });
});
