import { type EMRClient, EMRServiceException } from '@aws-sdk/client-emr';
import { ConcurrentRunsExceededException, type GlueClient } from '@aws-sdk/client-glue';
import type { SNSClient } from '@aws-sdk/client-sns';
import { emrAdapters } from '../../../local/integrations/emr-adapters.ts';
import { glueAdapters } from '../../../local/integrations/glue-adapters.ts';
import { snsAdapters } from '../../../local/integrations/sns-adapters.ts';
import type { TaskAdapter, TaskCall } from '../../../local/states/adapters/adapter.ts';
import type { Json } from '../../../local/states/json.ts';

type Answers = Record<string, object | Error>;
interface Sent {
  command: string;
  input: unknown;
}

/** A client that answers each command by its name, and keeps what was sent. */
function clientOf(answers: Answers) {
  const sent: Sent[] = [];
  const client = {
    async send(command: { constructor: { name: string }; input: unknown }) {
      const name = command.constructor.name.replace(/Command$/, '');
      sent.push({ command: name, input: command.input });
      const answer = answers[name];
      if (answer === undefined) throw new Error(`No answer to ${name} was prepared.`);
      if (answer instanceof Error) throw answer;
      return { $metadata: { httpStatusCode: 200 }, ...answer };
    },
  };
  return { client, sent };
}

const taskCall: TaskCall = {
  executionArn: 'arn',
  executionName: 'name',
  stateName: 'state',
  resource: 'arn',
  idempotencyKey: 'key',
  signal: new AbortController().signal,
};

function adapterFor(service: 'emr' | 'glue' | 'sns', resource: string, answers: Answers) {
  const { client, sent } = clientOf(answers);
  const adapters: Record<typeof service, () => TaskAdapter[]> = {
    emr: () => emrAdapters(client as unknown as EMRClient),
    glue: () => glueAdapters(client as unknown as GlueClient),
    sns: () => snsAdapters(client as unknown as SNSClient),
  };
  const adapter = adapters[service]().find(
    (candidate) => candidate.resource === `arn:aws:states:::${resource}`,
  );
  if (!adapter) throw new Error(`There is no adapter for ${resource}.`);
  return { adapter, sent };
}

async function pollOnce(adapter: TaskAdapter, args: Json) {
  const { handle } = await adapter.submit(args, taskCall);
  if (handle === undefined || !adapter.poll) throw new Error('Expected a .sync integration.');
  return { handle, result: await adapter.poll(handle, taskCall) };
}

const serviceError = (name: string): EMRServiceException =>
  new EMRServiceException({
    name,
    message: 'told by the service',
    $fault: 'client',
    $metadata: { httpStatusCode: 400, requestId: 'r-1' },
  });

describe('elasticmapreduce:createCluster.sync', () => {
  const resource = 'elasticmapreduce:createCluster.sync';
  const clusterIn = (State: string) => ({
    RunJobFlow: { JobFlowId: 'j-1' },
    DescribeCluster: {
      Cluster: {
        Id: 'j-1',
        Status: {
          State,
          StateChangeReason: { Code: 'X', Message: 'why' },
          Timeline: { CreationDateTime: new Date(5) },
        },
      },
    },
  });

  test.each(['STARTING', 'BOOTSTRAPPING', 'RUNNING'])('a cluster that is %s is waited for', async (state) => {
    const { adapter } = adapterFor('emr', resource, clusterIn(state));
    expect((await pollOnce(adapter, { Name: 'n' })).result).toEqual({ status: 'pending' });
  });

  test('a cluster that is WAITING is answered with its id and description, dates in milliseconds', async () => {
    const { adapter, sent } = adapterFor('emr', resource, clusterIn('WAITING'));
    const { result } = await pollOnce(adapter, { Name: 'n' });
    expect(sent[0]).toEqual({ command: 'RunJobFlow', input: { Name: 'n' } });
    expect(result).toMatchObject({
      status: 'succeeded',
      output: { ClusterId: 'j-1', Cluster: { Id: 'j-1', Status: { Timeline: { CreationDateTime: 5 } } } },
    });
  });

  test.each(['TERMINATING', 'TERMINATED', 'TERMINATED_WITH_ERRORS'])(
    'a cluster that is %s fails the task, with its description as cause',
    async (state) => {
      const { adapter } = adapterFor('emr', resource, clusterIn(state));
      const { result } = await pollOnce(adapter, { Name: 'n' });
      if (result.status !== 'failed') throw new Error(`Expected a failure, got ${result.status}.`);
      expect(result.error).toBe('States.TaskFailed');
      expect(JSON.parse(result.cause ?? '')).toMatchObject({
        Cluster: { Status: { State: state, StateChangeReason: { Message: 'why' } } },
      });
    },
  );

  test('stopping the task leaves the cluster alone, as on AWS', () => {
    expect(adapterFor('emr', resource, {}).adapter.stop).toBeUndefined();
  });

  const base = { Name: 'n', Instances: { KeepJobFlowAliveWhenNoSteps: true } };
  test.each([
    ['misspelt member', { ...base, ReleaseLable: 'x' }, '/ReleaseLable'],
    ['missing name', { Instances: base.Instances }, '/Name'],
    [
      'nested wrong type',
      { ...base, Instances: { ...base.Instances, InstanceCount: 'x' } },
      '/Instances/InstanceCount',
    ],
    ['list of wrong members', { ...base, Tags: [{ Key: 'a', Valu: 'b' }] }, '/Tags/0/Valu'],
    ['text around an expression', { ...base, StepConcurrencyLevel: ' {% $n %}' }, '/StepConcurrencyLevel'],
    ['steps', { ...base, Steps: [] }, '/Steps'],
    ['cluster that would never wait', { Name: 'n', Instances: {} }, '/Instances/KeepJobFlowAliveWhenNoSteps'],
  ])('refuses at creation: %s', (_, template, path) => {
    const { adapter } = adapterFor('emr', resource, {});
    expect(adapter.validateArguments?.(template).map((problem) => problem.path)).toEqual([path]);
  });

  test('accepts expressions anywhere', () => {
    const { adapter } = adapterFor('emr', resource, {});
    const template = {
      Name: '{% $n %}',
      Instances: '{% $i %}',
      Tags: ['{% $t %}'],
      ManagedScalingPolicy: '{% $m %}',
    };
    expect(adapter.validateArguments?.(template)).toEqual([]);
  });
});

describe('elasticmapreduce:addStep.sync', () => {
  const resource = 'elasticmapreduce:addStep.sync';
  const args = {
    ClusterId: 'j-1',
    Step: { Name: 's', HadoopJarStep: { Jar: 'command-runner.jar', Args: ['a'] } },
  };
  const stepIn = (State: string) => ({
    AddJobFlowSteps: { StepIds: ['s-1'] },
    DescribeStep: { Step: { Id: 's-1', Status: { State, FailureDetails: { Message: 'why' } } } },
  });

  test('hands the one step over as it is, and answers its description', async () => {
    const { adapter, sent } = adapterFor('emr', resource, stepIn('COMPLETED'));
    const { result } = await pollOnce(adapter, args);
    expect(sent[0]).toEqual({ command: 'AddJobFlowSteps', input: { JobFlowId: 'j-1', Steps: [args.Step] } });
    expect(sent[1]).toEqual({ command: 'DescribeStep', input: { ClusterId: 'j-1', StepId: 's-1' } });
    expect(result).toMatchObject({ status: 'succeeded', output: { Step: { Id: 's-1' } } });
  });

  test.each(['FAILED', 'CANCELLED', 'INTERRUPTED'])('a step that is %s fails the task', async (state) => {
    const { adapter } = adapterFor('emr', resource, stepIn(state));
    const { result } = await pollOnce(adapter, args);
    expect(result).toMatchObject({ status: 'failed', error: 'States.TaskFailed' });
    expect(JSON.stringify(result)).toContain('why');
  });

  test.each(['PENDING', 'RUNNING'])('a step that is %s is waited for', async (state) => {
    const { adapter } = adapterFor('emr', resource, stepIn(state));
    expect((await pollOnce(adapter, args)).result).toEqual({ status: 'pending' });
  });

  test("EMR's refusal goes under the one name Step Functions has for it, the real one in the cause", async () => {
    const { adapter } = adapterFor('emr', resource, {
      AddJobFlowSteps: serviceError('InvalidRequestException'),
    });
    await expect(adapter.submit(args, taskCall)).rejects.toMatchObject({
      error: 'EMR.AmazonElasticMapReduceException',
      failureCause: expect.stringContaining('Error Code: InvalidRequestException'),
    });
  });

  test('refuses at creation the list of steps that the API would take', () => {
    const { adapter } = adapterFor('emr', resource, {});
    const problems = adapter.validateArguments?.({ ClusterId: 'j-1', Steps: [args.Step] });
    expect(problems?.map(({ path }) => path)).toContain('/Step');
  });
});

describe('glue:startJobRun.sync', () => {
  const resource = 'glue:startJobRun.sync';
  const runIn = (JobRunState: string) => ({
    StartJobRun: { JobRunId: 'jr_1' },
    GetJobRun: { JobRun: { Id: 'jr_1', JobRunState, ErrorMessage: 'why', StartedOn: new Date(7) } },
    BatchStopJobRun: {},
  });

  test.each([
    ['STARTING', 'pending'],
    ['RUNNING', 'pending'],
    ['STOPPING', 'pending'],
    ['SUCCEEDED', 'succeeded'],
    ['FAILED', 'failed'],
    ['STOPPED', 'failed'],
    ['TIMEOUT', 'failed'],
  ])('a run that is %s is %s', async (state, status) => {
    const { adapter } = adapterFor('glue', resource, runIn(state));
    const { result } = await pollOnce(adapter, { JobName: 'tidegate' });
    expect(result.status).toBe(status);
    if (result.status === 'failed')
      expect(JSON.parse(result.cause ?? '')).toMatchObject({
        JobRunState: state,
        ErrorMessage: 'why',
        StartedOn: 7,
      });
  });

  test('too many runs have the name that Retry lists', async () => {
    const error = new ConcurrentRunsExceededException({ message: 'm', $metadata: { httpStatusCode: 400 } });
    const { adapter } = adapterFor('glue', resource, { StartJobRun: error });
    await expect(adapter.submit({ JobName: 'j' }, taskCall)).rejects.toMatchObject({
      error: 'Glue.ConcurrentRunsExceededException',
    });
  });

  test('a service that cannot be reached is told apart from one that refuses', async () => {
    const { adapter } = adapterFor('glue', resource, { StartJobRun: new Error('connect ECONNREFUSED') });
    await expect(adapter.submit({ JobName: 'j' }, taskCall)).rejects.toMatchObject({
      error: 'Glue.SdkClientException',
    });
  });

  test('stopping the task stops the run', async () => {
    const { adapter, sent } = adapterFor('glue', resource, runIn('RUNNING'));
    const { handle } = await pollOnce(adapter, { JobName: 'tidegate' });
    await adapter.stop?.(handle);
    expect(sent.at(-1)).toEqual({
      command: 'BatchStopJobRun',
      input: { JobName: 'tidegate', JobRunIds: ['jr_1'] },
    });
  });
});

test('sns:publish sends text as it is and anything else as its JSON', async () => {
  const { adapter, sent } = adapterFor('sns', 'sns:publish', { Publish: { MessageId: 'm-1' } });
  const { output } = await adapter.submit({ TopicArn: 't', Message: { a: 1 } }, taskCall);
  await adapter.submit({ TopicArn: 't', Message: 'plain' }, taskCall);
  expect(output).toMatchObject({ MessageId: 'm-1' });
  expect(sent.map(({ input }) => input)).toEqual([
    { TopicArn: 't', Message: '{"a":1}' },
    { TopicArn: 't', Message: 'plain' },
  ]);
});
