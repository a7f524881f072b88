import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  RedriveExecutionCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { PollResult, TaskAdapter, TaskCall } from '../../../local/states/adapters/adapter.ts';
import { virtualClock } from '../../../local/states/clock/virtual-clock.ts';
import type { Json } from '../../../local/states/json.ts';
import { memoryStore } from '../../../local/states/store/memory-store.ts';
import { sqliteStore } from '../../../local/states/store/sqlite-store.ts';
import type { Store } from '../../../local/states/store/store.ts';
import { fakeTask, glue, lambda, lines, machine, redrive, run, see, start, world } from './world.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'states-data-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const turn = () => new Promise((resolve) => setImmediate(resolve));
const work = (name: string, more: object = {}) => ({
  Type: 'Task',
  Resource: lambda,
  Arguments: name,
  ...more,
});

describe('an execution in flight, in the next process', () => {
  test('goes on from its last completed event: a finished task is not repeated, an open one is asked again by the same key', async () => {
    const states = { A: work('A', { Next: 'B' }), B: work('B', { Next: 'C' }), C: work('C', { End: true }) };
    const firstClock = virtualClock();
    const first = fakeTask(firstClock, [{ output: 1 }, { never: true }]);
    const before = world({ clock: firstClock, adapters: [first], store: sqliteStore(folder) });
    const arn = start(before, machine(states));
    while (first.asked.length < 2) await turn();
    before.engine.close();
    before.store.close();

    const clock = virtualClock(firstClock.now() + 60_000);
    const second = fakeTask(clock);
    const after = world({ clock, adapters: [second], store: sqliteStore(folder) });
    after.engine.resume();
    await after.engine.finished(arn);
    const seen = see(after, arn);
    expect(seen.output).toBe('C');
    expect(second.asked.map(({ args }) => args)).toEqual(['B', 'C']);
    expect(second.asked[0]?.call.idempotencyKey).toBe(first.asked[1]?.call.idempotencyKey);
    expect(seen.events.filter(({ type }) => type === 'TaskScheduled')).toHaveLength(3);
    expect(seen.events.map(({ id }) => id)).toEqual(seen.events.map((_, index) => index + 1));
    after.store.close();
  });

  test('a .sync job is asked for by its recorded handle, not submitted again', async () => {
    const submitted: Json[] = [];
    const polled: Json[] = [];
    const job = (end: PollResult): TaskAdapter => ({
      resource: glue,
      async submit(args, _call: TaskCall) {
        submitted.push(args);
        return { output: { JobRunId: 'j' }, handle: { id: 'j' } };
      },
      async poll(handle) {
        polled.push(handle);
        return end;
      },
    });
    const states = { J: { Type: 'Task', Resource: glue, Arguments: { JobName: 'n' }, End: true } };
    const before = world({ adapters: [job({ status: 'pending' })], store: sqliteStore(folder) });
    const arn = start(before, machine(states));
    while (polled.length < 2) await turn();
    before.engine.close();
    before.store.close();
    const after = world({
      adapters: [job({ status: 'succeeded', output: 'done' })],
      store: sqliteStore(folder),
    });
    after.engine.resume();
    await after.engine.finished(arn);
    expect(see(after, arn).output).toBe('done');
    expect(submitted).toHaveLength(1);
    expect(polled.at(-1)).toEqual({ id: 'j' });
    after.store.close();
  });

  test('a Map goes on with the iterations that were open', async () => {
    const states = {
      M: {
        Type: 'Map',
        Items: [1, 2, 3],
        MaxConcurrency: 1,
        ItemProcessor: {
          StartAt: 'I',
          States: { I: { Type: 'Task', Resource: lambda, Arguments: '{% $states.input %}', End: true } },
        },
        End: true,
      },
    };
    const firstClock = virtualClock();
    const first = fakeTask(firstClock, [{ output: 'one' }, { never: true }]);
    const before = world({ clock: firstClock, adapters: [first], store: sqliteStore(folder) });
    const arn = start(before, machine(states));
    while (first.asked.length < 2) await turn();
    before.engine.close();
    before.store.close();
    const clock = virtualClock();
    const second = fakeTask(clock);
    const after = world({ clock, adapters: [second], store: sqliteStore(folder) });
    after.engine.resume();
    await after.engine.finished(arn);
    const seen = see(after, arn);
    expect(seen.output).toEqual(['one', 2, 3]);
    expect(lines(seen.events).filter((line) => line.includes('MapStateStarted'))).toHaveLength(1);
    after.store.close();
  });

  test('a wait ends at its own time', async () => {
    const states = { W: { Type: 'Wait', Seconds: 100, End: true } };
    const held = virtualClock();
    const before = world({ clock: held, store: sqliteStore(folder) });
    const arn = start(before, machine(states));
    const stepOf = () => before.engine.flush() ?? before.store.frames(arn)[0]?.at?.step.kind;
    while (stepOf() !== 'waiting') await Promise.resolve();
    const startMs = held.now();
    before.engine.close();
    before.store.close();
    const after = world({ clock: virtualClock(startMs + 40_000), store: sqliteStore(folder) });
    after.engine.resume();
    await after.engine.finished(arn);
    expect(see(after, arn).record.stopMs).toBe(startMs + 100_000);
    after.store.close();
  });

  test('whose store can save no more stands still, and goes on from what was saved', async () => {
    const clock = virtualClock();
    const kept = memoryStore();
    let room = 3;
    const full: Store = {
      ...kept,
      save(changes) {
        if (room-- <= 0) throw new Error('disk full');
        kept.save(structuredClone([...changes]));
      },
    };
    const first = fakeTask(clock);
    const seenBroken: unknown[] = [];
    const before = world({
      clock,
      adapters: [first],
      store: full,
      broken: (error) => seenBroken.push(error),
    });
    const states = { T: work('T', { Next: 'U' }), U: work('U', { Next: 'V' }), V: work('V', { End: true }) };
    const arn = start(before, machine(states));
    while (seenBroken.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const askedBefore = first.asked.length;
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(first.asked).toHaveLength(askedBefore);
    expect(() => before.engine.flush()).toThrow('disk full');
    const second = fakeTask(clock);
    const after = world({ clock, adapters: [second], store: kept });
    after.engine.resume();
    await after.engine.finished(arn);
    expect(see(after, arn).record.status).toBe('SUCCEEDED');
    expect(askedBefore + second.asked.length).toBeGreaterThanOrEqual(3);
    expect(see(after, arn).events.filter(({ type }) => type === 'TaskSucceeded')).toHaveLength(3);
  });

  test('a failed one is redriven from what is stored', async () => {
    const firstClock = virtualClock();
    const first = fakeTask(firstClock, [{ output: 1 }, { error: 'E' }]);
    const before = world({ clock: firstClock, adapters: [first], store: sqliteStore(folder) });
    const failed = await run(
      before,
      machine({
        A: work('A', { Assign: { x: 5 }, Next: 'B' }),
        B: work('B', { Output: '{% $x %}', End: true }),
      }),
    );
    before.engine.close();
    before.store.close();
    const clock = virtualClock();
    const after = world({ clock, adapters: [fakeTask(clock)], store: sqliteStore(folder) });
    expect((await redrive(after, failed.arn)).output).toBe(5);
    after.store.close();
  });
});

describe('the command, killed', () => {
  let functions: Server;
  let endpoint: string;
  let asked: string[];
  let held: ServerResponse[];
  let failing: boolean;
  const servers: ChildProcess[] = [];

  beforeEach(async () => {
    asked = [];
    held = [];
    failing = false;
    functions = createServer((request, response) => {
      const name = /functions\/(\w+)\//.exec(request.url ?? '')?.[1] ?? '';
      asked.push(name);
      if (name === 'hold') held.push(response);
      else if (failing && name === 'flaky')
        response.writeHead(200, { 'x-amz-function-error': 'Unhandled' }).end('{"errorType":"Flaky"}');
      else response.end(JSON.stringify(name));
    });
    await new Promise<void>((resolve) => functions.listen(0, '127.0.0.1', resolve));
    endpoint = `http://127.0.0.1:${(functions.address() as AddressInfo).port}`;
  });

  afterEach(async () => {
    for (const server of servers.splice(0)) if (server.exitCode === null) server.kill('SIGKILL');
    functions.closeAllConnections();
    await new Promise((resolve) => functions.close(resolve));
  });

  /** Starts the command on the folder; gives the process and a client of it. */
  async function command(): Promise<{ server: ChildProcess; client: SFNClient }> {
    const server = spawn(
      process.execPath,
      ['local/states/main.ts', '--port', '0', '--data', folder, '--lambda-endpoint', endpoint],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    servers.push(server);
    const [line] = await once(server.stdout ?? server, 'data');
    const client = new SFNClient({
      endpoint: String(line).trim(),
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    return { server, client };
  }

  const invoke = (name: string, way: object) => ({
    Type: 'Task',
    Resource: lambda,
    Arguments: { FunctionName: name },
    Output: '{% $states.result.Payload %}',
    ...way,
  });

  async function ended(
    client: SFNClient,
    executionArn: string,
  ): Promise<{ status?: string; output?: string }> {
    for (;;) {
      const { status, output } = await client.send(new DescribeExecutionCommand({ executionArn }));
      if (status !== 'RUNNING') return { status: status ?? '', output: output ?? '' };
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  test('by SIGKILL in the middle of a task goes on in the next process, and redrives there', async () => {
    const first = await command();
    const { stateMachineArn } = await first.client.send(
      new CreateStateMachineCommand({
        name: 'm',
        roleArn: 'arn:aws:iam::123456789012:role/r',
        definition: machine({
          A: invoke('a', { Next: 'B' }),
          B: invoke('hold', { Next: 'C' }),
          C: invoke('flaky', { End: true }),
        }),
      }),
    );
    const { executionArn } = await first.client.send(new StartExecutionCommand({ stateMachineArn }));
    while (held.length === 0) await turn();
    first.server.kill('SIGKILL');
    await once(first.server, 'exit');
    failing = true;

    const second = await command();
    while (held.length < 2) await turn();
    held[1]?.end('"held"');
    expect(await ended(second.client, executionArn ?? '')).toMatchObject({ status: 'FAILED' });
    second.server.kill('SIGKILL');
    await once(second.server, 'exit');
    failing = false;

    const third = await command();
    await third.client.send(new RedriveExecutionCommand({ executionArn }));
    expect(await ended(third.client, executionArn ?? '')).toEqual({ status: 'SUCCEEDED', output: '"flaky"' });
    expect(asked).toEqual(['a', 'hold', 'hold', 'flaky', 'flaky']);
    const { events } = await third.client.send(new GetExecutionHistoryCommand({ executionArn }));
    expect(events?.map(({ id }) => id)).toEqual(events?.map((_, index) => index + 1));
    expect(events?.filter(({ type }) => type === 'TaskStateEntered')).toHaveLength(3);
    third.server.kill('SIGTERM');
    await once(third.server, 'exit');
    expect(third.server.exitCode).toBe(0);
  });

  test('by SIGKILL again and again, at any time, loses nothing that it has acknowledged', async () => {
    const definition = machine({
      Each: {
        Type: 'Map',
        Items: [1, 2, 3],
        ItemProcessor: { StartAt: 'Item', States: { Item: invoke('item', { End: true }) } },
        Next: 'Last',
      },
      Last: invoke('last', { End: true }),
    });
    const acknowledged: string[] = [];
    for (const [round, killedAfterMs] of [0, 5, 15, 40].entries()) {
      const { server, client } = await command();
      const { stateMachineArn } = await client.send(
        new CreateStateMachineCommand({ name: 'm', roleArn: 'arn:aws:iam::123456789012:role/r', definition }),
      );
      const starts = [1, 2, 3, 4].map((number) =>
        client.send(new StartExecutionCommand({ stateMachineArn, name: `e${round}-${number}` })),
      );
      const { executionArn } = await Promise.race(starts);
      acknowledged.push(executionArn ?? '');
      setTimeout(() => server.kill('SIGKILL'), killedAfterMs);
      for (const start of await Promise.allSettled(starts))
        if (start.status === 'fulfilled') acknowledged.push(start.value.executionArn ?? '');
      if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
      client.destroy();
    }
    const { client } = await command();
    for (const executionArn of new Set(acknowledged)) {
      expect(await ended(client, executionArn)).toEqual({ status: 'SUCCEEDED', output: '"last"' });
      const { events = [] } = await client.send(new GetExecutionHistoryCommand({ executionArn }));
      expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => index + 1));
      const answers = events.filter(({ type }) => type === 'TaskSucceeded');
      expect(answers).toHaveLength(4);
      expect(new Set(answers.map(({ previousEventId }) => previousEventId)).size).toBe(4);
    }
    client.destroy();
  });
});
