import { virtualClock } from '../../../local/states/clock/virtual-clock.ts';
import type { Json } from '../../../local/states/json.ts';
import {
  type Answer,
  fakeJob,
  fakeTask,
  glue,
  lambda,
  lines,
  machine,
  redrive,
  run,
  see,
  start,
  world,
} from './world.ts';

function tasked(script: readonly Answer[]) {
  const clock = virtualClock();
  const task = fakeTask(clock, script);
  return { task, within: world({ clock, adapters: [task] }) };
}

const work = (more: object = {}) => ({
  Type: 'Task',
  Resource: lambda,
  Arguments: '{% $states.input %}',
  End: true,
  ...more,
});

describe('a redriven Task', () => {
  test('is scheduled again from where it was entered, under ExecutionRedriven, and the rest follows', async () => {
    const { within } = tasked([{ output: 1 }, { error: 'E' }, { output: 2 }]);
    const states = { A: work({ End: undefined, Next: 'B' }), B: work() };
    const failed = await run(within, machine(states));
    expect(failed.record.status).toBe('FAILED');
    const seen = await redrive(within, failed.arn);
    expect(seen.output).toBe(2);
    expect(lines(seen.events).slice(6)).toEqual([
      '7 <- 6 TaskStateEntered B',
      '8 <- 7 TaskScheduled',
      '9 <- 8 TaskStarted',
      '10 <- 9 TaskFailed',
      '11 <- 10 ExecutionFailed',
      '12 <- 11 ExecutionRedriven',
      '13 <- 7 TaskScheduled',
      '14 <- 13 TaskStarted',
      '15 <- 14 TaskSucceeded',
      '16 <- 15 TaskStateExited B',
      '17 <- 16 ExecutionSucceeded',
    ]);
    expect(seen.events[11]?.details).toEqual({ redriveCount: 1 });
  });

  test('evaluates its Arguments anew: RedriveCount and RedriveTime are there, EnteredTime stays, RetryCount is 0', async () => {
    const { task, within } = tasked([{ error: 'E' }, { error: 'E' }, { output: 1 }]);
    const states = {
      A: work({ Arguments: '{% $states.context %}', Retry: [{ ErrorEquals: ['E'], MaxAttempts: 1 }] }),
    };
    const failed = await run(within, machine(states));
    await redrive(within, failed.arn);
    const contexts = task.asked.map(({ args }) => args as { Execution: object; State: object });
    expect(contexts[0]?.Execution).not.toHaveProperty('RedriveTime');
    expect(contexts.map(({ Execution }) => (Execution as { RedriveCount: number }).RedriveCount)).toEqual([
      0, 0, 1,
    ]);
    expect(contexts[2]?.Execution).toHaveProperty('RedriveTime', '2026-01-01T00:00:01Z');
    expect(contexts.map(({ State }) => (State as { RetryCount: number }).RetryCount)).toEqual([0, 1, 0]);
    const entered = contexts.map(({ State }) => (State as { EnteredTime: string }).EnteredTime);
    expect(new Set(entered).size).toBe(1);
  });

  test('has all its retries again', async () => {
    const { task, within } = tasked([{ error: 'E' }]);
    const states = { A: work({ Retry: [{ ErrorEquals: ['E'], MaxAttempts: 2 }] }) };
    const failed = await run(within, machine(states));
    expect(task.asked).toHaveLength(3);
    await redrive(within, failed.arn);
    expect(task.asked).toHaveLength(6);
  });

  test('keeps the variables and the input of the first attempt', async () => {
    const { within } = tasked([{ error: 'E' }, (args) => args]);
    const states = {
      A: { Type: 'Pass', Assign: { kept: '{% $states.input.n + 1 %}' }, Next: 'B' },
      B: work({ Arguments: '{% [$kept, $states.context.Execution.Input.n] %}' }),
    };
    const failed = await run(within, machine(states), { n: 1 });
    expect((await redrive(within, failed.arn)).output).toEqual([2, 1]);
  });

  test('that timed out gets its whole time again', async () => {
    const { within } = tasked([
      { output: 1, afterMs: 9_000 },
      { output: 2, afterMs: 4_000 },
    ]);
    const failed = await run(within, machine({ A: work({ TimeoutSeconds: 5 }) }));
    expect(failed.record.error).toBe('States.Timeout');
    expect((await redrive(within, failed.arn)).output).toBe(2);
  });

  test('of a job submits another one, known by another key', async () => {
    const job = fakeJob({ status: 'failed', error: 'States.TaskFailed' });
    const within = world({ adapters: [job] });
    const failed = await run(within, machine({ A: work({ Resource: glue }) }));
    await redrive(within, failed.arn);
    const keys = job.asked.map(({ call }) => call.idempotencyKey);
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(2);
    expect(job.polled).toEqual(['run-1', 'run-2']);
  });

  test('may fail and be redriven again, counting', async () => {
    const { within } = tasked([{ error: 'E' }, { error: 'F' }, { output: 1 }]);
    const failed = await run(within, machine({ A: work() }));
    const again = await redrive(within, failed.arn);
    expect(again.record).toMatchObject({ status: 'FAILED', error: 'F', redriveCount: 1 });
    const done = await redrive(within, failed.arn);
    expect(done.record).toMatchObject({ status: 'SUCCEEDED', redriveCount: 2 });
    expect(done.record.error).toBeUndefined();
  });
});

describe('a redriven execution', () => {
  test('that failed in a Fail state fails again, without entering it', async () => {
    const { within } = tasked([]);
    const failed = await run(within, machine({ F: { Type: 'Fail', Error: 'E' } }));
    const seen = await redrive(within, failed.arn);
    expect(lines(seen.events)).toEqual([
      '1 <- 0 ExecutionStarted',
      '2 <- 0 FailStateEntered F',
      '3 <- 2 ExecutionFailed',
      '4 <- 3 ExecutionRedriven',
      '5 <- 2 ExecutionFailed',
    ]);
  });

  test('evaluates the rules of a Choice again', async () => {
    const { within } = tasked([]);
    const states = {
      C: {
        Type: 'Choice',
        Choices: [{ Condition: '{% $states.context.Execution.RedriveCount > 0 %}', Next: 'S' }],
      },
      S: { Type: 'Succeed', Output: 'passed' },
    };
    const failed = await run(within, machine(states));
    expect((await redrive(within, failed.arn)).output).toBe('passed');
  });

  test('that was aborted goes on from the state it was in', async () => {
    const within = world();
    const states = {
      W: { Type: 'Wait', Timestamp: '2026-12-31T00:00:00Z', Next: 'B' },
      B: { Type: 'Succeed', Output: 'on' },
    };
    const arn = start(within, machine(states));
    await new Promise((resolve) => queueMicrotask(() => resolve(undefined)));
    within.engine.stop(arn, {});
    expect(see(within, arn).record.status).toBe('ABORTED');
    const seen = await redrive(within, arn);
    expect(seen.output).toBe('on');
    expect(seen.events.filter(({ type }) => type === 'WaitStateEntered')).toHaveLength(1);
  });

  test('that timed out has its whole TimeoutSeconds again', async () => {
    const within = world();
    const states = { W: { Type: 'Wait', Timestamp: '2026-01-01T00:00:15Z', End: true } };
    const failed = await run(within, machine(states, { TimeoutSeconds: 10 }));
    expect(failed.record.status).toBe('TIMED_OUT');
    expect((await redrive(within, failed.arn)).record.status).toBe('SUCCEEDED');
  });
});

describe('a redriven Map or Parallel', () => {
  test('repeats only the iterations that failed or were aborted, and does not start again', async () => {
    const clock = virtualClock();
    const asked: Json[] = [];
    let failing = true;
    const task = {
      ...fakeTask(clock),
      async submit(args: Json, call: { signal: AbortSignal }) {
        asked.push(args);
        if (args === 1) return { output: 'one' };
        await clock.sleepInTask(Number(args) * 1_000, call.signal);
        if (args === 2 && failing) return fakeTask(clock, [{ error: 'E' }]).submit(args, call as never);
        return { output: args };
      },
    };
    const within = world({ clock, adapters: [task] });
    const states = {
      M: {
        Type: 'Map',
        Items: [1, 2, 3, 4],
        MaxConcurrency: 3,
        ItemProcessor: { StartAt: 'I', States: { I: work() } },
        End: true,
      },
    };
    const failed = await run(within, machine(states));
    expect(asked).toEqual([1, 2, 3, 4]);
    failing = false;
    const seen = await redrive(within, failed.arn);
    expect(seen.output).toEqual(['one', 2, 3, 4]);
    expect(asked.slice(4)).toEqual([2, 3, 4]);
    const types = seen.events.map(({ type }) => type);
    expect(types.filter((type) => type === 'MapStateStarted')).toHaveLength(1);
    expect(types.filter((type) => type === 'TaskStateEntered')).toHaveLength(4);
  });

  test('starts the iterations that had not started, now', async () => {
    const { task, within } = tasked([{ error: 'E' }, (args) => args]);
    const states = {
      M: {
        Type: 'Map',
        Items: [1, 2, 3],
        MaxConcurrency: 1,
        ItemProcessor: { StartAt: 'I', States: { I: work() } },
        End: true,
      },
    };
    const failed = await run(within, machine(states));
    expect((await redrive(within, failed.arn)).output).toEqual([1, 2, 3]);
    expect(task.asked.map(({ args }) => args)).toEqual([1, 1, 2, 3]);
  });

  test('keeps the branches that succeeded', async () => {
    const { task, within } = tasked([
      { output: 'a', afterMs: 1 },
      { error: 'E', afterMs: 5 },
      { output: 'b' },
    ]);
    const branch = (name: string) => ({ StartAt: name, States: { [name]: work({ Arguments: name }) } });
    const states = { P: { Type: 'Parallel', Branches: [branch('A'), branch('B')], End: true } };
    const failed = await run(within, machine(states));
    expect((await redrive(within, failed.arn)).output).toEqual(['a', 'b']);
    expect(task.asked.map(({ args }) => args)).toEqual(['A', 'B', 'B']);
  });

  test('whose Output failed keeps all its work', async () => {
    const { task, within } = tasked([(args) => args]);
    const states = {
      M: {
        Type: 'Map',
        Items: [1, 2],
        ItemProcessor: { StartAt: 'I', States: { I: work() } },
        Output: '{% $states.context.Execution.RedriveCount > 0 ? $states.result : $states.input.missing %}',
        End: true,
      },
    };
    const failed = await run(within, machine(states));
    expect(failed.record.error).toBe('States.QueryEvaluationError');
    expect((await redrive(within, failed.arn)).output).toEqual([1, 2]);
    expect(task.asked).toHaveLength(2);
  });

  test('whose output was too big is done anew', async () => {
    const big = 'x'.repeat(200_000);
    const { task, within } = tasked([{ output: big }, { output: big }, { output: 's' }]);
    const states = {
      M: { Type: 'Map', Items: [1, 2], ItemProcessor: { StartAt: 'I', States: { I: work() } }, End: true },
    };
    const failed = await run(within, machine(states));
    expect(failed.record.error).toBe('States.DataLimitExceeded');
    expect((await redrive(within, failed.arn)).output).toEqual(['s', 's']);
    expect(task.asked).toHaveLength(4);
  });
});
