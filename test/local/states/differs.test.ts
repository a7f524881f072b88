import {
  CreateStateMachineCommand,
  DeleteStateMachineCommand,
  DescribeExecutionCommand,
  ListExecutionsCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { type VirtualClock, virtualClock } from '../../../local/states/clock/virtual-clock.ts';
import { createStatesServer, type StatesServer } from '../../../local/states/server.ts';
import { fakeJob, fakeTask, glue, lambda, machine, run, world } from './world.ts';

/** What is not as on AWS, line by line as README.md of local/states has it. */
describe('what differs', () => {
  const roleArn = 'arn:aws:iam::123456789012:role/r';
  const done = machine({ A: { Type: 'Pass', End: true } });
  let clock: VirtualClock;
  let server: StatesServer;
  let client: SFNClient;

  beforeEach(async () => {
    clock = virtualClock();
    server = await createStatesServer({ clock, adapters: [fakeTask(clock, [{ never: true }])] });
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

  async function create(definition: string, more: object = {}): Promise<string> {
    const { stateMachineArn } = await client.send(
      new CreateStateMachineCommand({ name: 'm', definition, roleArn, ...more }),
    );
    return stateMachineArn ?? '';
  }

  const start = (stateMachineArn: string, name?: string) =>
    client.send(new StartExecutionCommand({ stateMachineArn, name }));

  const days = (count: number) =>
    clock.sleepUntil(clock.now() + count * 86_400_000, new AbortController().signal);

  test('a job is polled each second', async () => {
    const job = fakeJob({ status: 'succeeded', output: 1 }, 2);
    const within = world({ adapters: [job] });
    const startMs = within.clock.now();
    const states = { T: { Type: 'Task', Resource: glue, Arguments: {}, End: true } };
    expect(((await run(within, machine(states))).record.stopMs ?? 0) - startMs).toBe(3_000);
  });

  test('nothing is throttled, and what was written is there at once', async () => {
    const arn = await create(done);
    await Promise.all(Array.from({ length: 150 }, () => start(arn)));
    const { executions } = await client.send(
      new ListExecutionsCommand({ stateMachineArn: arn, maxResults: 1_000 }),
    );
    expect(executions).toHaveLength(150);
  });

  test('a name stays used, and what ended is kept, beyond 90 days', async () => {
    const arn = await create(done);
    const { executionArn } = await start(arn, 'e');
    await server.finished(executionArn ?? '');
    await days(200);
    await expect(start(arn, 'e')).rejects.toThrow('Execution Already Exists');
    const { status } = await client.send(new DescribeExecutionCommand({ executionArn }));
    expect(status).toBe('SUCCEEDED');
  });

  test('a machine is deleted at once, and what runs goes on', async () => {
    const arn = await create(machine({ T: { Type: 'Task', Resource: lambda, Arguments: {}, End: true } }));
    const { executionArn } = await start(arn);
    await client.send(new DeleteStateMachineCommand({ stateMachineArn: arn }));
    await expect(start(arn)).rejects.toThrow('State Machine Does Not Exist');
    const { status } = await client.send(new DescribeExecutionCommand({ executionArn }));
    expect(status).toBe('RUNNING');
    await client.send(new StopExecutionCommand({ executionArn }));
  });

  test('tags and settings have no effect', async () => {
    const arn = await create(done, {
      tags: [{ key: 'a', value: 'b' }],
      tracingConfiguration: { enabled: true },
      encryptionConfiguration: { type: 'CUSTOMER_MANAGED_KMS_KEY', kmsKeyId: 'k' },
    });
    const { executionArn } = await start(arn);
    await server.finished(executionArn ?? '');
    const { status } = await client.send(new DescribeExecutionCommand({ executionArn }));
    expect(status).toBe('SUCCEEDED');
  });

  test('integers beyond 2^53 lose digits, and of a key that is there twice the last one counts', async () => {
    const { executionArn } = await client.send(
      new StartExecutionCommand({
        stateMachineArn: await create(done),
        input: '{"n": 9007199254740993, "k": 1, "k": 2}',
      }),
    );
    await server.finished(executionArn ?? '');
    const { output } = await client.send(new DescribeExecutionCommand({ executionArn }));
    expect(output).toBe('{"n":9007199254740992,"k":2}');
  });
});
