import {
  CreateStateMachineOutput$,
  DescribeExecutionOutput$,
  DescribeStateMachineForExecutionOutput$,
  DescribeStateMachineOutput$,
  GetExecutionHistoryOutput$,
  HistoryEventType,
  ListExecutionsOutput$,
  ListStateMachinesOutput$,
  RedriveExecutionOutput$,
  StartExecutionOutput$,
  StopExecutionOutput$,
  UpdateStateMachineOutput$,
  ValidateStateMachineDefinitionOutput$,
} from '@aws-sdk/client-sfn';
import { problemsByModel } from '../../../local/integrations/api-model.ts';
import { virtualClock } from '../../../local/states/clock/virtual-clock.ts';
import type { Json } from '../../../local/states/json.ts';
import { createStatesServer, type StatesServer } from '../../../local/states/server.ts';
import { type Answer, fakeJob, fakeTask, glue, lambda, machine } from './world.ts';

/** Every member of every answer and event is one that the API's model has, and of its type. */

const functionArn = 'arn:aws:lambda:us-east-1:123456789012:function:f';
const fails: Answer = { error: 'E', cause: 'why' };
const clock = virtualClock();
let server: StatesServer;

beforeAll(async () => {
  server = await createStatesServer({
    clock,
    adapters: [
      fakeTask(clock, [fails, { output: 1, afterMs: 60_000 }, { output: 1 }, fails, { output: 2 }]),
      fakeTask(clock, [fails, { output: 1, afterMs: 60_000 }, { output: 1 }], functionArn),
      fakeJob({ status: 'succeeded', output: {} }, 1),
    ],
  });
});

afterAll(() => server.close());

async function ask(call: string, body: object, schema: unknown): Promise<Record<string, Json>> {
  const answer = await fetch(server.url, {
    method: 'POST',
    headers: { 'x-amz-target': `AWSStepFunctions.${call}` },
    body: JSON.stringify(body),
  });
  const json = (await answer.json()) as Record<string, Json>;
  expect([call, answer.status, problemsByModel(schema, json)]).toEqual([call, 200, []]);
  return json;
}

test('answers and events have only what the model has', async () => {
  const retry = [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 1 }];
  const tried = { TimeoutSeconds: 50, HeartbeatSeconds: 40, Retry: retry };
  const definition = machine({
    Function: { Type: 'Task', Resource: functionArn, Arguments: {}, ...tried, Next: 'Call' },
    Call: { Type: 'Task', Resource: lambda, Arguments: {}, ...tried, Assign: { called: true }, Next: 'Job' },
    Job: { Type: 'Task', Resource: glue, Arguments: {}, Next: 'Broken' },
    Broken: {
      Type: 'Parallel',
      Branches: [
        { StartAt: 'Query', States: { Query: { Type: 'Pass', Output: '{% $nothing %}', End: true } } },
        { StartAt: 'Long', States: { Long: { Type: 'Wait', Seconds: 99, End: true } } },
      ],
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Each' }],
      End: true,
    },
    Each: {
      Type: 'Map',
      Items: [1],
      ItemProcessor: {
        StartAt: 'Fails',
        States: { Fails: { Type: 'Task', Resource: lambda, Arguments: {}, End: true } },
      },
      Next: 'Which',
    },
    Which: { Type: 'Choice', Choices: [{ Condition: '{% $called %}', Next: 'Good' }], Default: 'Good' },
    Good: { Type: 'Succeed' },
  });
  const created = await ask(
    'CreateStateMachine',
    { name: 'm', definition, roleArn: 'arn:aws:iam::123456789012:role/r' },
    CreateStateMachineOutput$,
  );
  const { stateMachineArn } = created;
  const { executionArn } = await ask('StartExecution', { stateMachineArn }, StartExecutionOutput$);
  await server.finished(String(executionArn));
  const failed = await ask('DescribeExecution', { executionArn }, DescribeExecutionOutput$);
  expect(failed).toMatchObject({ status: 'FAILED', error: 'E' });
  await ask('RedriveExecution', { executionArn }, RedriveExecutionOutput$);
  await server.finished(String(executionArn));
  const done = await ask('DescribeExecution', { executionArn }, DescribeExecutionOutput$);
  expect(done).toMatchObject({ status: 'SUCCEEDED' });
  const { events } = await ask(
    'GetExecutionHistory',
    { executionArn, maxResults: 1_000 },
    GetExecutionHistoryOutput$,
  );
  const types = (events as { type: HistoryEventType }[]).map(({ type }) => type);
  expect(types.filter((type) => !Object.values(HistoryEventType).includes(type))).toEqual([]);
  await ask(
    'UpdateStateMachine',
    { stateMachineArn, tracingConfiguration: { enabled: true, more: 1 } },
    UpdateStateMachineOutput$,
  );
  await ask('DescribeStateMachine', { stateMachineArn }, DescribeStateMachineOutput$);
  await ask('DescribeStateMachineForExecution', { executionArn }, DescribeStateMachineForExecutionOutput$);
  await ask('ListExecutions', { stateMachineArn }, ListExecutionsOutput$);
  await ask('ListStateMachines', {}, ListStateMachinesOutput$);
  await ask('StopExecution', { executionArn }, StopExecutionOutput$);
  await ask('ValidateStateMachineDefinition', { definition: '{}' }, ValidateStateMachineDefinitionOutput$);
});
