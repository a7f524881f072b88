import {
  CreateStateMachineCommand,
  ListExecutionsCommand,
  RedriveExecutionCommand,
  SFNClient,
} from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { type TaskAdapter, TaskFailure } from '../../../local/states/adapters/adapter.ts';
import { realClock } from '../../../local/states/clock/real-clock.ts';
import { createEngine } from '../../../local/states/run/engine.ts';
import { createStatesServer } from '../../../local/states/server.ts';
import { memoryStore } from '../../../local/states/store/memory-store.ts';
import { newExecution } from '../../../local/states/store/new-execution.ts';
import { SfnExecutions } from '../../../tasks/adapters/sfn-executions.ts';
import type { Executions } from '../../../tasks/core/ports.ts';
import { engineExecutions, executionArn } from '../../fakes/engine-executions.ts';
import { emulated } from '../../fakes/moto.ts';
import { until } from './until.ts';

interface Service {
  executions: Executions;
  redrive(name: string): Promise<void>;
  stop(): Promise<void>;
}

const NAME = 'ingest';
const STATE_MACHINE_ARN = `arn:aws:states:us-east-1:123456789012:stateMachine:${NAME}`;
const ROLE_ARN = 'arn:aws:iam::123456789012:role/ingest';
/** Goes on for an hour where it is asked to; else tells people and fails. */
const definition = JSON.stringify({
  QueryLanguage: 'JSONata',
  StartAt: 'Which?',
  States: {
    'Which?': {
      Type: 'Choice',
      Choices: [{ Condition: '{% $states.input.goesOn %}', Next: 'GoOn' }],
      Default: 'Alert',
    },
    GoOn: { Type: 'Wait', Seconds: 3600, End: true },
    Alert: { Type: 'Pass', Output: { messageId: 'm-1' }, Next: 'Fails' },
    Fails: { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Arguments: {}, End: true },
  },
});
const adapters: TaskAdapter[] = [
  {
    resource: 'arn:aws:states:::lambda:invoke',
    async submit() {
      throw new TaskFailure('SparkStepFailed', 'the disk is full');
    },
  },
];

const services: [string, () => Promise<Service>][] = [
  ["in the interpreter's store", inStore],
  ["by Step Functions' client over the local endpoint", overEndpoint],
];

describe.each(services)('executions, %s', (_name, start) => {
  let service: Service;
  let executions: Executions;
  beforeAll(async () => {
    service = await start();
    executions = service.executions;
  });
  afterAll(() => service.stop());

  const arnOf = (name: string): string => executionArn(STATE_MACHINE_ARN, name);
  const statusOf = async (name: string) => (await executions.describe(arnOf(name)))?.status;
  const failed = async (name: string, redriveCount = 0): Promise<void> =>
    until(async () => {
      const found = await executions.describe(arnOf(name));
      return found?.status === 'FAILED' && found.redriveCount === redriveCount;
    });

  test('start once under a name, and are described with what they were given', async () => {
    await executions.start('first', { goesOn: true, text: 'ü' });
    await executions.start('first', { goesOn: false });
    expect(await executions.describe(arnOf('first'))).toEqual({
      arn: arnOf('first'),
      name: 'first',
      status: 'RUNNING',
      startedAt: expect.any(Date),
      redriveCount: 0,
      input: { goesOn: true, text: 'ü' },
      error: null,
      cause: null,
    });
  });

  test('that nobody started are none', async () => {
    expect(await executions.describe(arnOf('never'))).toBeNull();
  });

  test('that end badly say why, and are found by when they did', async () => {
    const before = new Date(Date.now() - 60_000);
    await executions.start('bad', { goesOn: false });
    await failed('bad');
    expect(await executions.describe(arnOf('bad'))).toMatchObject({
      error: 'SparkStepFailed',
      cause: 'the disk is full',
    });
    expect(await executions.endedBadlySince(before)).toContainEqual({ arn: arnOf('bad'), redriveCount: 0 });
    expect(await executions.endedBadlySince(new Date(Date.now() + 60_000))).toEqual([]);
  });

  test('that run are not among those that ended badly', async () => {
    await executions.start('running', { goesOn: true });
    const found = await executions.endedBadlySince(new Date(0));
    expect(found.map(({ arn }) => arn)).not.toContain(arnOf('running'));
    expect(await statusOf('running')).toBe('RUNNING');
  });

  test('tell what a state was left with since they were started or redriven, and of no other state', async () => {
    await executions.start('redriven', { goesOn: false });
    await failed('redriven');
    expect(await executions.outputsOf(arnOf('redriven'), 'Alert')).toEqual([{ messageId: 'm-1' }]);
    expect(await executions.outputsOf(arnOf('redriven'), 'Fails')).toEqual([]);
    await service.redrive('redriven');
    await failed('redriven', 1);
    expect(await executions.outputsOf(arnOf('redriven'), 'Alert')).toEqual([]);
    expect(await executions.endedBadlySince(new Date(0))).toContainEqual({
      arn: arnOf('redriven'),
      redriveCount: 1,
    });
  });
});

test('those that ended badly are looked for as far back as one can have started that ended since', async () => {
  const since = new Date('2026-03-31T00:00:00Z');
  const execution = (name: string, startedAt: string, endedAt: string) => ({
    executionArn: executionArn(STATE_MACHINE_ARN, name),
    stateMachineArn: STATE_MACHINE_ARN,
    name,
    status: 'FAILED' as const,
    startDate: new Date(startedAt),
    stopDate: new Date(endedAt),
  });
  const pages = [
    [execution('newest', '2026-03-31T01:00:00Z', '2026-03-31T02:00:00Z')],
    [],
    [
      execution('redriven', '2026-03-17T00:00:00Z', '2026-03-31T00:00:00Z'),
      execution('earlier', '2026-03-16T00:00:00Z', '2026-03-30T23:59:59Z'),
    ],
    [execution('oldest', '2026-02-28T23:59:59Z', '2026-03-01T00:00:00Z')],
  ];
  const sfn = mockClient(SFNClient).on(ListExecutionsCommand).resolves({ executions: [] });
  for (const [at, executions] of pages.entries())
    sfn
      .on(ListExecutionsCommand, { statusFilter: 'FAILED', ...(at > 0 && { nextToken: `page ${at}` }) })
      .resolves({ executions, nextToken: `page ${at + 1}` });
  sfn
    .on(ListExecutionsCommand, { nextToken: `page ${pages.length}` })
    .rejects('older ones are of no interest');
  const executions = new SfnExecutions(new SFNClient({ region: 'us-east-1' }), STATE_MACHINE_ARN);
  expect(await executions.endedBadlySince(since)).toEqual([
    { arn: executionArn(STATE_MACHINE_ARN, 'newest'), redriveCount: 0 },
    { arn: executionArn(STATE_MACHINE_ARN, 'redriven'), redriveCount: 0 },
  ]);
  sfn.restore();
});

async function inStore(): Promise<Service> {
  const store = memoryStore();
  const clock = realClock();
  let uuids = 0;
  const engine = createEngine({
    clock,
    store,
    adapters,
    region: 'us-east-1',
    random: Math.random,
    uuid: () => `uuid-${uuids++}`,
  });
  return {
    executions: engineExecutions({
      store,
      stateMachineArn: STATE_MACHINE_ARN,
      flush: () => engine.flush(),
      start(name, input) {
        const arn = executionArn(STATE_MACHINE_ARN, name);
        if (store.execution(arn)) return;
        engine.start(
          newExecution({
            arn,
            name,
            stateMachineArn: STATE_MACHINE_ARN,
            stateMachineName: NAME,
            definition,
            definedMs: clock.now(),
            roleArn: ROLE_ARN,
            input: JSON.stringify(input),
            startMs: clock.now(),
            sequence: store.lastSequence() + 1,
          }),
        );
      },
    }),
    async redrive(name) {
      const record = store.execution(executionArn(STATE_MACHINE_ARN, name));
      if (record) engine.redrive(record);
    },
    stop: async () => engine.close(),
  };
}

async function overEndpoint(): Promise<Service> {
  const server = await createStatesServer({ adapters });
  const client = new SFNClient(emulated(server.url));
  await client.send(new CreateStateMachineCommand({ name: NAME, definition, roleArn: ROLE_ARN }));
  return {
    executions: new SfnExecutions(client, STATE_MACHINE_ARN),
    async redrive(name) {
      const executionArnOfName = executionArn(STATE_MACHINE_ARN, name);
      await client.send(new RedriveExecutionCommand({ executionArn: executionArnOfName }));
    },
    async stop() {
      client.destroy();
      await server.close();
    },
  };
}
