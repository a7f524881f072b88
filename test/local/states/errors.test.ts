import { type PollResult, type TaskCall, TaskFailure } from '../../../local/states/adapters/adapter.ts';
import { virtualClock } from '../../../local/states/clock/virtual-clock.ts';
import type { Json } from '../../../local/states/json.ts';
import { matchesError, nextRetry } from '../../../local/states/run/retry.ts';
import {
  type Answer,
  detailsOf,
  fakeJob,
  fakeTask,
  glue,
  lambda,
  lines,
  machine,
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

const task = (more: object = {}) => ({ Type: 'Task', Resource: lambda, Arguments: {}, End: true, ...more });

describe('Retry', () => {
  test.each<[string[], string | undefined, boolean]>([
    [['Mine'], 'Mine', true],
    [['Mine'], 'Yours', false],
    [['States.ALL'], 'Mine', true],
    [['States.ALL'], undefined, true],
    [['States.ALL'], 'States.Timeout', true],
    [['States.ALL'], 'States.Runtime', false],
    [['States.Runtime'], 'States.Runtime', false],
    [['States.ALL'], 'States.DataLimitExceeded', false],
    [['States.TaskFailed'], 'Mine', true],
    [['States.TaskFailed'], 'States.Timeout', false],
    [['States.TaskFailed'], 'States.Runtime', false],
    [['States.DataLimitExceeded'], 'States.DataLimitExceeded', true],
  ])('%j covers %s: %s', (names, error, covers) => {
    expect(matchesError(names, error === undefined ? {} : { error })).toBe(covers);
  });

  test('backs off by IntervalSeconds and BackoffRate, up to MaxDelaySeconds, MaxAttempts times', () => {
    const retrier = {
      ErrorEquals: ['E'],
      IntervalSeconds: 3,
      BackoffRate: 2,
      MaxAttempts: 4,
      MaxDelaySeconds: 10,
    };
    const delays = [0, 1, 2, 3, 4].map(
      (used) => nextRetry([retrier], { error: 'E' }, [used], () => 0)?.delaySeconds,
    );
    expect(delays).toEqual([3, 6, 10, 10, undefined]);
  });

  test('by default retries three times, after 1, 2 and 4 seconds', () => {
    const delays = [0, 1, 2, 3].map(
      (used) => nextRetry([{ ErrorEquals: ['E'] }], { error: 'E' }, [used], () => 0)?.delaySeconds,
    );
    expect(delays).toEqual([1, 2, 4, undefined]);
  });

  test('MaxAttempts of 0 is no retry', () => {
    const never = { ErrorEquals: ['E'], MaxAttempts: 0 };
    const rest = { ErrorEquals: ['States.ALL'] };
    expect(nextRetry([never, rest], { error: 'E' }, [], () => 0)).toBeUndefined();
  });

  test('with FULL jitter draws the delay between none and all of it', () => {
    const retrier = { ErrorEquals: ['E'], IntervalSeconds: 10, JitterStrategy: 'FULL' as const };
    expect(nextRetry([retrier], { error: 'E' }, [], () => 0.5)?.delaySeconds).toBe(5);
  });

  test('each Retrier counts for itself, and only the first that covers the error decides', async () => {
    const { task: fake, within } = tasked([
      { error: 'A' },
      { error: 'B' },
      { error: 'A' },
      { error: 'B' },
      { output: 1 },
    ]);
    const states = {
      T: task({
        Retry: [
          { ErrorEquals: ['A'], MaxAttempts: 2 },
          { ErrorEquals: ['B'], MaxAttempts: 1 },
          { ErrorEquals: ['States.ALL'], MaxAttempts: 9 },
        ],
      }),
    };
    const seen = await run(within, machine(states));
    expect(seen.record.error).toBe('B');
    expect(fake.asked).toHaveLength(4);
  });

  test('each attempt is scheduled anew, pointing to the failure before it, and none enters the state again', async () => {
    const { within } = tasked([{ error: 'E', cause: 'first' }, { output: 1 }]);
    const startMs = within.clock.now();
    const seen = await run(
      within,
      machine({ T: task({ Retry: [{ ErrorEquals: ['E'], IntervalSeconds: 7 }] }) }),
    );
    expect(lines(seen.events)).toEqual([
      '1 <- 0 ExecutionStarted',
      '2 <- 0 TaskStateEntered T',
      '3 <- 2 TaskScheduled',
      '4 <- 3 TaskStarted',
      '5 <- 4 TaskFailed',
      '6 <- 5 TaskScheduled',
      '7 <- 6 TaskStarted',
      '8 <- 7 TaskSucceeded',
      '9 <- 8 TaskStateExited T',
      '10 <- 9 ExecutionSucceeded',
    ]);
    expect((seen.events[5]?.timestamp ?? 0) - startMs).toBe(7_000);
  });

  test("an adapter's defect is States.Runtime, which States.ALL does not retry", async () => {
    const { task: fake, within } = tasked([{ defect: 'broken' }]);
    const seen = await run(within, machine({ T: task({ Retry: [{ ErrorEquals: ['States.ALL'] }] }) }));
    expect(seen.record.error).toBe('States.Runtime');
    expect(seen.record.cause).toContain('broken');
    expect(fake.asked).toHaveLength(1);
  });
});

describe('Catch', () => {
  const caught = (catcher: object = {}) => ({
    T: task({ Catch: [{ ErrorEquals: ['States.ALL'], Next: 'After', ...catcher }] }),
    After: { Type: 'Pass', Output: '{% {"in": $states.input, "e": $exists($e) ? $e : null} %}', End: true },
  });

  test('gives Error and Cause as the output', async () => {
    const { within } = tasked([{ error: 'E', cause: 'why' }]);
    const seen = await run(within, machine(caught()));
    expect(seen.output).toEqual({ in: { Error: 'E', Cause: 'why' }, e: null });
  });

  test("uses the Catcher's own Output and Assign, which read $states.errorOutput", async () => {
    const { within } = tasked([{ error: 'E', cause: '{"errorType":"E"}' }]);
    const seen = await run(
      within,
      machine(
        caught({
          Assign: { e: '{% $states.errorOutput.Error %}' },
          Output: '{% $parse($states.errorOutput.Cause).errorType %}',
        }),
      ),
    );
    expect(seen.output).toEqual({ in: 'E', e: 'E' });
  });

  test('comes after the retries, and exits the state from the last failure', async () => {
    const { task: fake, within } = tasked([{ error: 'E' }]);
    const states = {
      ...caught(),
      T: task({
        Retry: [{ ErrorEquals: ['E'], MaxAttempts: 2 }],
        Catch: [
          { ErrorEquals: ['Other'], Next: 'After' },
          { ErrorEquals: ['E'], Next: 'After' },
        ],
      }),
    };
    const seen = await run(within, machine(states));
    expect(fake.asked).toHaveLength(3);
    expect(lines(seen.events).slice(-6)).toEqual([
      '10 <- 9 TaskStarted',
      '11 <- 10 TaskFailed',
      '12 <- 11 TaskStateExited T',
      '13 <- 12 PassStateEntered After',
      '14 <- 13 PassStateExited After',
      '15 <- 14 ExecutionSucceeded',
    ]);
  });

  test('a Catcher whose Output fails, fails the state', async () => {
    const { within } = tasked([{ error: 'E' }]);
    const seen = await run(within, machine(caught({ Output: '{% $states.errorOutput.Nothing %}' })));
    expect(seen.record.error).toBe('States.QueryEvaluationError');
    expect(seen.record.cause).toContain("'Catch[0]/Output'");
  });
});

describe('timeouts', () => {
  test('of a Task: TaskTimedOut, and States.Timeout without a cause', async () => {
    const { within } = tasked([{ output: 1, afterMs: 6_000 }]);
    const seen = await run(within, machine({ T: task({ TimeoutSeconds: 5 }) }));
    expect(lines(seen.events).slice(-2)).toEqual(['5 <- 4 TaskTimedOut', '6 <- 5 ExecutionFailed']);
    expect(detailsOf(seen, 'TaskTimedOut')).toEqual([
      { resourceType: 'lambda', resource: 'invoke', error: 'States.Timeout' },
    ]);
    expect(detailsOf(seen, 'ExecutionFailed')).toEqual([{ error: 'States.Timeout' }]);
  });

  test('a Task that ends in time is not touched', async () => {
    const { within } = tasked([{ output: 1, afterMs: 4_999 }]);
    expect((await run(within, machine({ T: task({ TimeoutSeconds: 5 }) }))).output).toBe(1);
  });

  test('a missed heartbeat is caught as States.HeartbeatTimeout and as States.Timeout', async () => {
    for (const name of ['States.HeartbeatTimeout', 'States.Timeout']) {
      const { within } = tasked([{ output: 1, afterMs: 60_000 }]);
      const states = {
        T: task({ TimeoutSeconds: 50, HeartbeatSeconds: 5, Catch: [{ ErrorEquals: [name], Next: 'C' }] }),
        C: { Type: 'Succeed' },
      };
      const seen = await run(within, machine(states));
      expect(seen.output).toEqual({ Error: 'States.Timeout' });
    }
  });

  test('of a .sync job: it is stopped, and the Task has timed out', async () => {
    const job = fakeJob({ status: 'pending' });
    const within = world({ adapters: [job] });
    const seen = await run(within, machine({ T: task({ Resource: glue, TimeoutSeconds: 30 }) }));
    expect(seen.record.error).toBe('States.Timeout');
    expect(job.stopped).toEqual(['run-1']);
    expect(lines(seen.events).slice(3)).toEqual([
      '4 <- 3 TaskStarted',
      '5 <- 4 TaskSubmitted',
      '6 <- 5 TaskTimedOut',
      '7 <- 6 ExecutionFailed',
    ]);
  });

  test('of the execution: TIMED_OUT without an error, named in the event alone, which points to none', async () => {
    const within = world();
    const seen = await run(
      within,
      machine({ W: { Type: 'Wait', Seconds: 60, End: true } }, { TimeoutSeconds: 10 }),
    );
    expect(seen.record).toMatchObject({ status: 'TIMED_OUT' });
    expect(seen.record.error).toBeUndefined();
    expect(lines(seen.events).at(-1)).toBe('3 <- 0 ExecutionTimedOut');
    expect(detailsOf(seen, 'ExecutionTimedOut')).toEqual([{ error: 'States.Timeout' }]);
  });
});

describe('.sync jobs', () => {
  test('are submitted, polled until they end, and their last answer is the result', async () => {
    const job = fakeJob({ status: 'succeeded', output: { JobRunState: 'SUCCEEDED' } }, 3);
    const within = world({ adapters: [job] });
    const seen = await run(within, machine({ T: task({ Resource: glue, Arguments: { JobName: 'j' } }) }));
    expect(seen.output).toEqual({ JobRunState: 'SUCCEEDED' });
    expect(job.polled).toEqual(['run-1', 'run-1', 'run-1', 'run-1']);
    expect(lines(seen.events).slice(2, 6)).toEqual([
      '3 <- 2 TaskScheduled',
      '4 <- 3 TaskStarted',
      '5 <- 4 TaskSubmitted',
      '6 <- 5 TaskSucceeded',
    ]);
    expect(detailsOf(seen, 'TaskSubmitted')).toEqual([
      {
        resourceType: 'glue',
        resource: 'startJobRun.sync',
        output: '{"JobRunId":"run-1"}',
        outputDetails: { truncated: false },
      },
    ]);
  });

  test('that fail are States.TaskFailed with the answer as their cause', async () => {
    const job = fakeJob({ status: 'failed', error: 'States.TaskFailed', cause: '{"JobRunState":"FAILED"}' });
    const seen = await run(world({ adapters: [job] }), machine({ T: task({ Resource: glue }) }));
    expect(seen.record).toMatchObject({ error: 'States.TaskFailed', cause: '{"JobRunState":"FAILED"}' });
  });

  test('whose submission fails are TaskSubmitFailed, and may be retried', async () => {
    const clock = virtualClock();
    let submissions = 0;
    const job = fakeJob({ status: 'succeeded', output: 'done' });
    const busy = {
      ...job,
      async submit(args: Json, call: TaskCall) {
        if (++submissions === 1) throw new TaskFailure('Glue.ConcurrentRunsExceededException', 'busy');
        return job.submit(args, call);
      },
    };
    const within = world({ clock, adapters: [busy] });
    const seen = await run(
      within,
      machine({
        T: task({ Resource: glue, Retry: [{ ErrorEquals: ['Glue.ConcurrentRunsExceededException'] }] }),
      }),
    );
    expect(seen.output).toBe('done');
    expect(seen.events[4]).toMatchObject({
      type: 'TaskSubmitFailed',
      previousEventId: 4,
      details: {
        resourceType: 'glue',
        resource: 'startJobRun.sync',
        error: 'Glue.ConcurrentRunsExceededException',
      },
    });
  });

  test('a poll that is refused says nothing of the job: it is asked again', async () => {
    const clock = virtualClock();
    const job = fakeJob({ status: 'succeeded', output: 'done' });
    let polls = 0;
    const throttled = {
      ...job,
      async poll(handle: Json): Promise<PollResult> {
        if (++polls < 3) throw new TaskFailure('Glue.ThrottlingException');
        return job.poll(handle);
      },
    };
    const seen = await run(world({ clock, adapters: [throttled] }), machine({ T: task({ Resource: glue }) }));
    expect(seen.output).toBe('done');
    expect(polls).toBe(3);
  });

  test('are polled as their adapter says', async () => {
    const clock = virtualClock();
    const job = {
      ...fakeJob({ status: 'succeeded', output: 1 }, 2),
      pollAfterMs: (elapsedMs: number) => elapsedMs + 60_000,
    };
    const startMs = clock.now();
    const seen = await run(world({ clock, adapters: [job] }), machine({ T: task({ Resource: glue }) }));
    expect((seen.record.stopMs ?? 0) - startMs).toBe((1 + 2 + 4) * 60_000);
  });

  test('are stopped with their execution', async () => {
    const job = fakeJob({ status: 'pending' });
    const within = world({ adapters: [job] });
    const arn = start(within, machine({ T: task({ Resource: glue, TimeoutSeconds: 99_999_999 }) }));
    while (job.polled.length < 3) await new Promise(setImmediate);
    within.engine.stop(arn, { error: 'Enough' });
    await new Promise(setImmediate);
    expect(job.stopped).toEqual(['run-1']);
    const seen = see(within, arn);
    expect(seen.record).toMatchObject({ status: 'ABORTED', error: 'Enough' });
    expect(lines(seen.events).at(-1)).toBe('6 <- 0 ExecutionAborted');
  });
});
