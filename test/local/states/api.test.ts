import { once } from 'node:events';
import { request } from 'node:http';
import {
  CreateStateMachineCommand,
  DeleteStateMachineCommand,
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  DescribeStateMachineForExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  paginateGetExecutionHistory,
  RedriveExecutionCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
  TagResourceCommand,
  UpdateStateMachineCommand,
  ValidateStateMachineDefinitionCommand,
} from '@aws-sdk/client-sfn';
import fc from 'fast-check';
import { calls } from '../../../local/states/api/calls.ts';
import { type VirtualClock, virtualClock } from '../../../local/states/clock/virtual-clock.ts';
import { createStatesServer, type StatesServer } from '../../../local/states/server.ts';
import { type Answer, fakeTask, lambda, machine } from './world.ts';

const roleArn = 'arn:aws:iam::123456789012:role/r';
const done = machine({ A: { Type: 'Pass', Output: { done: true }, End: true } });
const machineM = { name: 'm', definition: done, roleArn };
/** One task, which the test's script answers. */
const tasking = machine({ T: { Type: 'Task', Resource: lambda, Arguments: {}, End: true } });

let clock: VirtualClock;
let script: Answer[];
let server: StatesServer;
let client: SFNClient;

beforeEach(async () => {
  clock = virtualClock();
  script = [];
  const task = fakeTask(clock, script);
  server = await createStatesServer({ clock, adapters: [task] });
  client = new SFNClient({
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
});

afterEach(async () => {
  client.destroy();
  await server.close();
});

async function create(definition: string, name = 'm'): Promise<string> {
  const { stateMachineArn } = await client.send(new CreateStateMachineCommand({ name, definition, roleArn }));
  return stateMachineArn ?? '';
}

async function startAndEnd(
  stateMachineArn: string,
  more: { name?: string; input?: string } = {},
): Promise<string> {
  const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn, ...more }));
  await server.finished(executionArn ?? '');
  return executionArn ?? '';
}

test.each([{ origin: 'https://elsewhere.example' }, { host: 'rebound.example' }])(
  'a web page is refused, which sends %j',
  async (headers) => {
    const options = {
      method: 'POST',
      headers: { 'x-amz-target': 'AWSStepFunctions.ListStateMachines', ...headers },
    };
    const [response] = await once(request(server.url, options).end(), 'response');
    response.resume();
    expect(response.statusCode).toBe(403);
  },
);

/** The task holds the virtual clock: nothing else passes meanwhile. */
function neverAnswer(): void {
  script.push({ never: true });
}

const errorOf = async (call: Promise<unknown>): Promise<{ name: string; message: string }> =>
  call.then(
    () => ({ name: 'none', message: '' }),
    (error: Error) => ({ name: error.name, message: error.message }),
  );

describe('state machines', () => {
  test('are created, described, listed and deleted', async () => {
    const arn = await create(done);
    expect(arn).toBe('arn:aws:states:us-east-1:123456789012:stateMachine:m');
    expect(await client.send(new DescribeStateMachineCommand({ stateMachineArn: arn }))).toMatchObject({
      stateMachineArn: arn,
      name: 'm',
      status: 'ACTIVE',
      definition: done,
      roleArn,
      type: 'STANDARD',
      creationDate: new Date('2026-01-01T00:00:00Z'),
      loggingConfiguration: { level: 'OFF' },
    });
    await create(done, 'other');
    const first = await client.send(new ListStateMachinesCommand({ maxResults: 1 }));
    expect(first.stateMachines?.map(({ name }) => name)).toEqual(['m']);
    const rest = await client.send(new ListStateMachinesCommand({ nextToken: first.nextToken }));
    expect(rest.stateMachines?.map(({ name }) => name)).toEqual(['other']);
    await client.send(new DeleteStateMachineCommand({ stateMachineArn: arn }));
    expect(await errorOf(client.send(new DescribeStateMachineCommand({ stateMachineArn: arn })))).toEqual({
      name: 'StateMachineDoesNotExist',
      message: `State Machine Does Not Exist: '${arn}'`,
    });
  });

  test('created again just the same are the same; with another definition they exist already', async () => {
    const arn = await create(done);
    expect(await create(done)).toBe(arn);
    expect((await errorOf(create(tasking))).name).toBe('StateMachineAlreadyExists');
  });

  test('a wrong definition is refused with its place', async () => {
    const { name, message } = await errorOf(
      create(machine({ A: { Type: 'Pass', ResultPath: '$', End: true } })),
    );
    expect(name).toBe('InvalidDefinition');
    expect(message).toContain('at /States/A/ResultPath');
  });

  test.each([
    ['InvalidName', { name: 'a b' }],
    ['InvalidName', { name: 'a\u{1F600}' }],
    ['InvalidName', { name: 'a\uFFFE' }],
    ['ValidationException', { name: '' }],
    ['ValidationException', { name: 'n'.repeat(81) }],
    ['ValidationException', { definition: `"${'d'.repeat(1_048_576)}"` }],
    ['ValidationException', { roleArn: `${roleArn}${'r'.repeat(256)}` }],
    ['ValidationException', { loggingConfiguration: { level: 'LOUD' as 'ALL' } }],
    ['InvalidLoggingConfiguration', { loggingConfiguration: { level: 'ALL' as const } }],
    ['InvalidLoggingConfiguration', { loggingConfiguration: { destinations: [{}, {}] } }],
    ['ValidationException', { tags: [{ key: 'k'.repeat(129), value: 'v' }] }],
    ['InvalidArn', { roleArn: 'role' }],
    ['StateMachineTypeNotSupported', { type: 'EXPRESS' as const }],
    ['ValidationException', { publish: true }],
  ])('%s for %j', async (code, fields) => {
    const call = client.send(
      new CreateStateMachineCommand({ name: 'm', definition: done, roleArn, ...fields }),
    );
    expect((await errorOf(call)).name).toBe(code);
  });

  test('an update changes what starts from now on, not what runs', async () => {
    neverAnswer();
    const arn = await create(tasking);
    const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn: arn }));
    const update = await client.send(
      new UpdateStateMachineCommand({ stateMachineArn: arn, definition: done }),
    );
    expect(update.revisionId).toMatch(/^[0-9a-f-]{36}$/);
    const now = await client.send(new DescribeStateMachineCommand({ stateMachineArn: arn }));
    expect(now).toMatchObject({ definition: done, revisionId: update.revisionId });
    const running = await client.send(new DescribeStateMachineForExecutionCommand({ executionArn }));
    expect(running).toMatchObject({ definition: tasking, stateMachineArn: arn, name: 'm' });
    expect((await errorOf(client.send(new UpdateStateMachineCommand({ stateMachineArn: arn })))).name).toBe(
      'MissingRequiredParameter',
    );
  });

  test('an update that changes nothing keeps the revision', async () => {
    const stateMachineArn = await create(done);
    const update = async (definition: string) =>
      (await client.send(new UpdateStateMachineCommand({ stateMachineArn, definition }))).revisionId;
    const first = await update(tasking);
    expect(await update(tasking)).toBe(first);
    expect(await update(done)).not.toBe(first);
  });

  test('keep and show their settings, which are part of what they are', async () => {
    const stateMachineArn = await create(done);
    const cloudWatchLogsLogGroup = { logGroupArn: 'arn:aws:logs:us-east-1:123456789012:log-group:g:*' };
    const loggingConfiguration = {
      level: 'ALL' as const,
      includeExecutionData: true,
      destinations: [{ cloudWatchLogsLogGroup }],
    };
    const { revisionId } = await client.send(
      new UpdateStateMachineCommand({ stateMachineArn, loggingConfiguration }),
    );
    const described = await client.send(new DescribeStateMachineCommand({ stateMachineArn }));
    expect(described).toMatchObject({ loggingConfiguration, revisionId, definition: done });
    expect((await errorOf(create(done))).name).toBe('StateMachineAlreadyExists');
    expect((await errorOf(client.send(new UpdateStateMachineCommand({ stateMachineArn })))).name).toBe(
      'MissingRequiredParameter',
    );
  });

  test('are listed by name', async () => {
    for (const name of ['b', 'c', 'a']) await create(done, name);
    const { stateMachines } = await client.send(new ListStateMachinesCommand({}));
    expect(stateMachines?.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  });

  test.each([
    [
      { maxResults: 1_001 },
      "Value '1001' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 1000",
    ],
    [{ nextToken: 'x'.repeat(1_025) }, 'Member must have length less than or equal to 1024'],
  ])('a list is refused in the words of AWS', async (fields, message) => {
    const refused = await errorOf(client.send(new ListStateMachinesCommand(fields)));
    expect(refused.name).toBe('ValidationException');
    expect(refused.message).toContain(message);
  });

  test('descriptions tell which variables each state reads', async () => {
    const definition = machine({
      A: { Type: 'Pass', Assign: { x: 1, y: 2 }, Next: 'B' },
      B: { Type: 'Pass', Output: '{% $map([1], function($v) { $v + $y + $x }) %}', End: true },
    });
    const described = await client.send(
      new DescribeStateMachineCommand({ stateMachineArn: await create(definition) }),
    );
    expect(described.variableReferences).toEqual({ B: ['x', 'y'] });
  });

  test('a definition is validated without being created', async () => {
    expect(await client.send(new ValidateStateMachineDefinitionCommand({ definition: done }))).toMatchObject({
      result: 'OK',
      diagnostics: [],
      truncated: false,
    });
    const bad = machine({ A: { Type: 'Pass', Next: 'X', Result: 1 }, B: { Type: 'Succeed' } });
    const answer = await client.send(
      new ValidateStateMachineDefinitionCommand({ definition: bad, maxResults: 2 }),
    );
    expect(answer).toMatchObject({ result: 'FAIL', truncated: true });
    expect(answer.diagnostics?.map(({ location }) => location)).toHaveLength(2);
  });
});

describe('warnings', () => {
  test('tell of variables that nobody assigns, where they are asked for', async () => {
    const definition = machine({
      A: { Type: 'Pass', Assign: { known: 1 }, Next: 'M' },
      M: {
        Type: 'Map',
        Items: '{% $map([1], $string) %}',
        ItemProcessor: {
          StartAt: 'I',
          States: {
            I: { Type: 'Pass', Output: ['{% $known + $unknown %}', '{% ($own := 1; $own) %}'], End: true },
          },
        },
        End: true,
      },
    });
    const validate = (severity: 'ERROR' | 'WARNING') =>
      client.send(new ValidateStateMachineDefinitionCommand({ definition, severity }));
    expect((await validate('ERROR')).diagnostics).toEqual([]);
    expect(await validate('WARNING')).toMatchObject({
      result: 'OK',
      diagnostics: [
        {
          severity: 'WARNING',
          code: 'UNASSIGNED_VARIABLE',
          location: '/States/M/ItemProcessor/States/I/Output[0]',
        },
      ],
    });
  });
});

describe('executions', () => {
  test('tell the trace header that they were started with', async () => {
    const { executionArn } = await client.send(
      new StartExecutionCommand({ stateMachineArn: await create(done), traceHeader: 'Root=1' }),
    );
    expect((await client.send(new DescribeExecutionCommand({ executionArn }))).traceHeader).toBe('Root=1');
  });

  test('run to their end and are described', async () => {
    const executionArn = await startAndEnd(await create(done), { name: 'e', input: '{ "n": 1 }' });
    expect(executionArn).toBe('arn:aws:states:us-east-1:123456789012:execution:m:e');
    expect(await client.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({
      executionArn,
      name: 'e',
      status: 'SUCCEEDED',
      input: '{ "n": 1 }',
      inputDetails: { included: true },
      output: '{"done":true}',
      outputDetails: { included: true },
      redriveCount: 0,
      redriveStatus: 'NOT_REDRIVABLE',
      redriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven',
    });
  });

  test('started twice by name and input while they run are one; else the name is taken', async () => {
    neverAnswer();
    const stateMachineArn = await create(tasking);
    const begin = (input: string) =>
      client.send(new StartExecutionCommand({ stateMachineArn, name: 'e', input }));
    const first = await begin('{}');
    expect((await begin('{}')).executionArn).toBe(first.executionArn);
    expect((await errorOf(begin('{"n":1}'))).name).toBe('ExecutionAlreadyExists');
    await client.send(new StopExecutionCommand({ executionArn: first.executionArn }));
    expect(await errorOf(begin('{}'))).toEqual({
      name: 'ExecutionAlreadyExists',
      message: `Execution Already Exists: '${first.executionArn}'`,
    });
  });

  test.each([
    ['InvalidExecutionInput', { input: 'no json' }],
    ['InvalidExecutionInput', { input: '' }],
    ['InvalidExecutionInput', { input: JSON.stringify('ü'.repeat(131_072)) }],
    ['ValidationException', { input: JSON.stringify('x'.repeat(256 * 1024)) }],
    ['InvalidName', { name: 'a/b' }],
    ['ValidationException', { name: 'n'.repeat(81) }],
    ['ValidationException', { traceHeader: 'ü' }],
    ['ValidationException', { stateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:x/each' }],
    ['StateMachineDoesNotExist', { stateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:x' }],
    ['InvalidArn', { stateMachineArn: 'x' }],
  ])('%s for %j', async (code, fields) => {
    const stateMachineArn = await create(done);
    expect((await errorOf(client.send(new StartExecutionCommand({ stateMachineArn, ...fields })))).name).toBe(
      code,
    );
  });

  test('are stopped with an error and a cause, once', async () => {
    neverAnswer();
    const { executionArn } = await client.send(
      new StartExecutionCommand({ stateMachineArn: await create(tasking) }),
    );
    const stop = () =>
      client.send(new StopExecutionCommand({ executionArn, error: 'Enough', cause: 'of it' }));
    const { stopDate } = await stop();
    expect((await stop()).stopDate).toEqual(stopDate);
    expect(await client.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({
      status: 'ABORTED',
      error: 'Enough',
      cause: 'of it',
      stopDate,
      redriveStatus: 'REDRIVABLE',
    });
  });

  test('are listed newest first, by status, by redrive, and in pages', async () => {
    script.push({ error: 'E' }, { output: 1 });
    const stateMachineArn = await create(tasking);
    const failed = await startAndEnd(stateMachineArn, { name: 'failed' });
    for (const name of ['b', 'c', 'd']) await startAndEnd(stateMachineArn, { name });
    const list = async (filter: object) => {
      const { executions, nextToken } = await client.send(
        new ListExecutionsCommand({ stateMachineArn, ...filter }),
      );
      return { names: executions?.map(({ name }) => name), nextToken };
    };
    expect((await list({})).names).toEqual(['d', 'c', 'b', 'failed']);
    expect((await list({ statusFilter: 'FAILED' })).names).toEqual(['failed']);
    const page = await list({ maxResults: 3 });
    expect(page.names).toEqual(['d', 'c', 'b']);
    await startAndEnd(stateMachineArn, { name: 'meanwhile' });
    expect((await list({ maxResults: 3, nextToken: page.nextToken })).names).toEqual(['failed']);
    await clock.sleepUntil(clock.now() + 1, new AbortController().signal);
    await client.send(new RedriveExecutionCommand({ executionArn: failed }));
    await server.finished(failed);
    expect((await list({ redriveFilter: 'REDRIVEN' })).names).toEqual(['failed']);
    expect((await list({ redriveFilter: 'NOT_REDRIVEN' })).names).toEqual(['meanwhile', 'd', 'c', 'b']);
    expect((await list({})).names).toEqual(['failed', 'meanwhile', 'd', 'c', 'b']);
    expect((await errorOf(list({ statusFilter: 'PENDING_REDRIVE' }))).name).toBe('ValidationException');
    expect((await errorOf(list({ mapRunArn: 'arn' }))).name).toBe('ValidationException');
    expect((await errorOf(list({ nextToken: 'x'.repeat(3_097) }))).name).toBe('ValidationException');
    expect((await errorOf(list({ nextToken: 'x' }))).name).toBe('InvalidToken');
    expect(await errorOf(list({ statusFilter: 'succeeded' }))).toEqual({
      name: 'ValidationException',
      message:
        "1 validation error detected: Value 'succeeded' at 'statusFilter' failed to satisfy constraint: Member must satisfy enum value set: [RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED, PENDING_REDRIVE]",
    });
  });
});

describe('GetExecutionHistory', () => {
  test('gives events in order or in reverse, in pages, with their details', async () => {
    const executionArn = await startAndEnd(await create(done));
    const all = await client.send(new GetExecutionHistoryCommand({ executionArn }));
    expect(all.events?.map(({ id, type }) => `${id} ${type}`)).toEqual([
      '1 ExecutionStarted',
      '2 PassStateEntered',
      '3 PassStateExited',
      '4 ExecutionSucceeded',
    ]);
    expect(all.events?.[0]?.executionStartedEventDetails).toEqual({
      input: '{}',
      inputDetails: { truncated: false },
      roleArn,
    });
    const back = await client.send(
      new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: 3 }),
    );
    expect(back.events?.map(({ id }) => id)).toEqual([4, 3, 2]);
    const rest = await client.send(
      new GetExecutionHistoryCommand({
        executionArn,
        reverseOrder: true,
        maxResults: 3,
        nextToken: back.nextToken,
      }),
    );
    expect(rest.events?.map(({ id }) => id)).toEqual([1]);
    expect(rest.nextToken).toBeUndefined();
    const paged: (number | undefined)[] = [];
    for await (const page of paginateGetExecutionHistory({ client, pageSize: 2 }, { executionArn }))
      for (const event of page.events ?? []) paged.push(event.id);
    expect(paged).toEqual([1, 2, 3, 4]);
  });

  test('leaves input and output out where it is told to, and nothing else', async () => {
    script.push({ output: 1 });
    const executionArn = await startAndEnd(await create(tasking));
    const { events } = await client.send(
      new GetExecutionHistoryCommand({ executionArn, includeExecutionData: false }),
    );
    expect(JSON.stringify(events)).not.toMatch(/"(input|output)(Details)?"/);
    expect(events?.[2]?.taskScheduledEventDetails).toMatchObject({ resource: 'invoke', parameters: '{}' });
  });

  test('of no execution', async () => {
    const executionArn = 'arn:aws:states:us-east-1:123456789012:execution:m:x';
    expect(await errorOf(client.send(new GetExecutionHistoryCommand({ executionArn })))).toEqual({
      name: 'ExecutionDoesNotExist',
      message: `Execution Does Not Exist: '${executionArn}'`,
    });
  });
});

describe('RedriveExecution', () => {
  test('goes on under the same ARN; while it runs, error, cause and stopDate are gone', async () => {
    script.push({ error: 'E', cause: 'why' }, { never: true });
    const executionArn = await startAndEnd(await create(tasking));
    const failed = await client.send(new DescribeExecutionCommand({ executionArn }));
    expect(failed).toMatchObject({ status: 'FAILED', error: 'E', cause: 'why', redriveStatus: 'REDRIVABLE' });
    const { redriveDate } = await client.send(new RedriveExecutionCommand({ executionArn }));
    const running = await client.send(new DescribeExecutionCommand({ executionArn }));
    expect(running).toMatchObject({ status: 'RUNNING', redriveCount: 1, redriveDate });
    for (const gone of ['error', 'cause', 'stopDate']) expect(running).not.toHaveProperty(gone);
    expect(await errorOf(client.send(new RedriveExecutionCommand({ executionArn })))).toEqual({
      name: 'ExecutionNotRedrivable',
      message: 'Execution is RUNNING and cannot be redriven',
    });
  });

  test('a repeated clientToken gives the first redriveDate and redrives no more', async () => {
    script.push({ error: 'E' });
    const executionArn = await startAndEnd(await create(tasking));
    const again = async (clientToken: string) => {
      const answer = await client.send(new RedriveExecutionCommand({ executionArn, clientToken }));
      await server.finished(executionArn);
      return answer.redriveDate;
    };
    const first = await again('one');
    expect(await again('one')).toEqual(first);
    expect((await client.send(new DescribeExecutionCommand({ executionArn }))).redriveCount).toBe(1);
    await again('two');
    expect((await client.send(new DescribeExecutionCommand({ executionArn }))).redriveCount).toBe(2);
  });

  test('a clientToken is remembered for 15 minutes and ten redrives', async () => {
    script.push({ error: 'E' });
    const executionArn = await startAndEnd(await create(tasking));
    const redrives = async (clientToken: string) => {
      await client.send(new RedriveExecutionCommand({ executionArn, clientToken }));
      await server.finished(executionArn);
      return (await client.send(new DescribeExecutionCommand({ executionArn }))).redriveCount;
    };
    for (let token = 1; token <= 10; token++) await redrives(`t${token}`);
    expect(await redrives('t1')).toBe(10);
    expect(await redrives('t11')).toBe(11);
    expect(await redrives('t1')).toBe(12);
    await clock.sleepUntil(clock.now() + 15 * 60_000, new AbortController().signal);
    expect(await redrives('t1')).toBe(12);
    await clock.sleepUntil(clock.now() + 1, new AbortController().signal);
    expect(await redrives('t1')).toBe(13);
    expect((await errorOf(redrives('not one token'))).name).toBe('ValidationException');
  });

  test('is refused of what succeeded, of what is unknown, and after 14 days', async () => {
    const executionArn = await startAndEnd(await create(done));
    const refusal = (arn: string) => errorOf(client.send(new RedriveExecutionCommand({ executionArn: arn })));
    expect((await refusal(executionArn)).name).toBe('ExecutionNotRedrivable');
    expect((await refusal(`${executionArn}x`)).name).toBe('ExecutionDoesNotExist');
    script.push({ error: 'E' });
    const ofDeleted = await startAndEnd(await create(tasking, 'deleted'));
    await client.send(
      new DeleteStateMachineCommand({
        stateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:deleted',
      }),
    );
    expect((await refusal(ofDeleted)).message).toBe('State machine is in DELETING status');
    const failed = await startAndEnd(await create(tasking, 'n'));
    await clock.sleepUntil(clock.now() + 14 * 24 * 3_600_000 + 1, new AbortController().signal);
    expect(await refusal(failed)).toEqual({
      name: 'ExecutionNotRedrivable',
      message: 'Execution redrivable period exceeded',
    });
  });
});

test('an execution whose history is full is not redriven', async () => {
  const turning = machine({
    A: { Type: 'Choice', Choices: [{ Condition: false, Next: 'S' }], Default: 'A' },
    S: { Type: 'Succeed' },
  });
  const executionArn = await startAndEnd(await create(turning));
  expect(await client.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({
    status: 'FAILED',
    redriveStatus: 'NOT_REDRIVABLE',
    redriveStatusReason: 'Execution history event limit exceeded',
  });
});

test('a call that does not run here says so', async () => {
  const call = client.send(new TagResourceCommand({ resourceArn: 'x', tags: [] }));
  const { name, message } = await errorOf(call);
  expect(name).toBe('UnknownOperationException');
  expect(message).toContain('TagResource');
});

describe('a request body', () => {
  async function post(call: string, body: string): Promise<[number, string]> {
    const answer = await fetch(server.url, {
      method: 'POST',
      headers: { 'x-amz-target': `AWSStepFunctions.${call}` },
      body,
    });
    const { __type: type = '' } = (await answer.json()) as { __type?: string };
    return [answer.status, type.split('#').at(-1) ?? ''];
  }

  test.each([
    ['no JSON', 'ListStateMachines', '{bad'],
    ['an array', 'ListStateMachines', '[]'],
    ['a number for a string', 'StartExecution', '{"stateMachineArn":5}'],
    ['a string for a number', 'ListStateMachines', '{"maxResults":"3"}'],
    ['a number for one of some words', 'ValidateStateMachineDefinition', '{"definition":"{}","severity":1}'],
    [
      'text for a list of settings',
      'CreateStateMachine',
      JSON.stringify({ ...machineM, loggingConfiguration: { destinations: 'x' } }),
    ],
  ])('%s is a SerializationException', async (_, call, body) => {
    expect(await post(call, body)).toEqual([400, 'SerializationException']);
  });

  test('members that are null are absent', async () => {
    expect(await post('ListStateMachines', '{"maxResults":null,"nextToken":null}')).toEqual([200, '']);
    expect(await post('StartExecution', '{"stateMachineArn":null}')).toEqual([400, 'ValidationException']);
  });

  test('whatever it is, is answered by what was asked for or by a named refusal', async () => {
    const arn = await create(done);
    const executionArn = await startAndEnd(arn);
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom(arn, executionArn, '', '{}', done, 'STANDARD', 'e', 0, 1, true),
    );
    const member = fc.constantFrom(
      ...['stateMachineArn', 'executionArn', 'name', 'input', 'definition', 'roleArn', 'type', 'maxResults'],
      ...['nextToken', 'statusFilter', 'redriveFilter', 'reverseOrder', 'clientToken', 'error', 'severity'],
      ...['loggingConfiguration', 'tracingConfiguration', 'publish', 'tags', 'includedData', '__proto__'],
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.keys(calls).filter((name) => name !== 'DeleteStateMachine')),
        fc.oneof(fc.dictionary(member, value), value),
        async (call, body) => {
          const [status, type] = await post(call, JSON.stringify(body));
          expect([call, status, type]).toEqual(
            status === 200 ? [call, 200, ''] : [call, 400, expect.stringMatching(/^[A-Z]\w+$/)],
          );
        },
      ),
      { numRuns: 250 },
    );
  });
});
