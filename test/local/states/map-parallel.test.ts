import { virtualClock } from '../../../local/states/clock/virtual-clock.ts';
import type { Json } from '../../../local/states/json.ts';
import { type Answer, fakeTask, lambda, lines, machine, run, world } from './world.ts';

function tasked(script: readonly Answer[]) {
  const clock = virtualClock();
  const task = fakeTask(clock, script);
  return { task, within: world({ clock, adapters: [task] }) };
}

const work = { Type: 'Task', Resource: lambda, Arguments: '{% $states.input %}', End: true };
const each = (fields: object, processor: object = { StartAt: 'I', States: { I: work } }) => ({
  M: { Type: 'Map', ...fields, ItemProcessor: processor, End: true },
});

describe('Map', () => {
  test('gives the outputs in the order of the items, whatever order they end in', async () => {
    const { within } = tasked([
      { output: 'slow', afterMs: 3_000 },
      { output: 'fast', afterMs: 1_000 },
    ]);
    expect((await run(within, machine(each({ Items: [1, 2] })))).output).toEqual(['slow', 'fast']);
  });

  test('without Items takes its input, and refuses one that is no array', async () => {
    const { within } = tasked([]);
    expect((await run(within, machine(each({})), [1, 2])).output).toEqual([1, 2]);
    const seen = await run(within, machine(each({})), { a: 1 });
    const cause =
      'An error occurred while executing the state \'M\' (entered at the event id #2). Map state input must be an array but was: {"a":1}';
    expect(lines(seen.events).slice(2)).toEqual([
      '3 <- 0 EvaluationFailed',
      '4 <- 3 MapStateFailed',
      '5 <- 4 ExecutionFailed',
    ]);
    expect(seen.events[2]?.details).toEqual({ error: 'States.QueryEvaluationError', cause, state: 'M' });
  });

  test.each<[string, Json]>([
    ['an object', { a: 1 }],
    ['null', null],
  ])('refuses %s as Items', async (_, items) => {
    const { within } = tasked([]);
    const { record } = await run(within, machine(each({ Items: '{% $states.input %}' })), items);
    expect(record.error).toBe('States.QueryEvaluationError');
  });

  test('of no items starts, succeeds, and gives an empty array', async () => {
    const { within } = tasked([]);
    const seen = await run(within, machine(each({ Items: [] })));
    expect(seen.output).toEqual([]);
    expect(lines(seen.events)).toEqual([
      '1 <- 0 ExecutionStarted',
      '2 <- 0 MapStateEntered M',
      '3 <- 2 MapStateStarted',
      '4 <- 3 MapStateSucceeded',
      '5 <- 3 MapStateExited M',
      '6 <- 5 ExecutionSucceeded',
    ]);
  });

  test('one at a time: the next iteration points to the last state before it', async () => {
    const { within } = tasked([]);
    const pass = { StartAt: 'I', States: { I: { Type: 'Pass', End: true } } };
    const seen = await run(within, machine(each({ Items: [1, 2], MaxConcurrency: 1 }, pass)));
    expect(lines(seen.events).slice(2)).toEqual([
      '3 <- 2 MapStateStarted',
      '4 <- 3 MapIterationStarted 0',
      '5 <- 4 PassStateEntered I',
      '6 <- 5 PassStateExited I',
      '7 <- 6 MapIterationSucceeded 0',
      '8 <- 6 MapIterationStarted 1',
      '9 <- 8 PassStateEntered I',
      '10 <- 9 PassStateExited I',
      '11 <- 10 MapIterationSucceeded 1',
      '12 <- 11 MapStateSucceeded',
      '13 <- 11 MapStateExited M',
      '14 <- 13 ExecutionSucceeded',
    ]);
  });

  test.each([
    [undefined, 40],
    [0, 40],
    [3, 3],
    [1_000, 40],
  ])('MaxConcurrency %s runs %i at once', async (concurrency, expected) => {
    const clock = virtualClock();
    let now = 0;
    let most = 0;
    const counting = {
      ...fakeTask(clock),
      async submit(args: Json, call: { signal: AbortSignal }) {
        most = Math.max(most, ++now);
        await clock.sleepInTask(1_000, call.signal);
        now--;
        return { output: args };
      },
    };
    const fields = concurrency === undefined ? {} : { MaxConcurrency: concurrency };
    const seen = await run(
      world({ clock, adapters: [counting] }),
      machine(each({ Items: '{% [1..100] %}', ...fields })),
    );
    expect(seen.record.status).toBe('SUCCEEDED');
    expect(most).toBe(expected);
  });

  test('one iteration that fails aborts the others; all point to its failure', async () => {
    const { within } = tasked([{ output: 1, afterMs: 9_000 }, { error: 'E' }, { output: 1, afterMs: 9_000 }]);
    const seen = await run(within, machine(each({ Items: [1, 2, 3] })));
    const failedId = seen.events.find(({ type }) => type === 'TaskFailed')?.id;
    const after = seen.events
      .slice(failedId)
      .map(({ previousEventId, type, details }) => [
        previousEventId === failedId ? 'failure' : 'map',
        type,
        details?.['index'],
      ]);
    expect(after).toEqual([
      ['failure', 'MapIterationFailed', 1],
      ['failure', 'TaskStateAborted', undefined],
      ['failure', 'MapIterationAborted', 0],
      ['failure', 'TaskStateAborted', undefined],
      ['failure', 'MapIterationAborted', 2],
      ['failure', 'TaskStateAborted', undefined],
      ['failure', 'MapStateFailed', undefined],
      ['map', 'ExecutionFailed', undefined],
    ]);
  });

  test('no further iteration starts after a failure', async () => {
    const { task, within } = tasked([{ error: 'E' }]);
    await run(within, machine(each({ Items: [1, 2, 3], MaxConcurrency: 1 })));
    expect(task.asked).toHaveLength(1);
  });

  test('retried, it starts anew without being entered again', async () => {
    const { within } = tasked([{ output: 1 }, { error: 'E' }, { output: 3 }]);
    const seen = await run(within, machine(each({ Items: [1, 2], Retry: [{ ErrorEquals: ['E'] }] })));
    expect(seen.output).toEqual([3, 3]);
    const types = seen.events.map(({ type }) => type);
    expect(types.filter((type) => type === 'MapStateEntered')).toHaveLength(1);
    expect(types.filter((type) => type === 'MapStateStarted')).toHaveLength(2);
    expect(types).not.toContain('MapStateFailed');
  });

  test('leaves nothing behind but its history', async () => {
    const { within } = tasked([]);
    const seen = await run(within, machine(each({ Items: [1, 2, 3] })));
    expect(seen.record.status).toBe('SUCCEEDED');
    expect(within.store.frames(seen.arn)).toEqual([]);
  });

  test('caught, it is left from its failure', async () => {
    const { within } = tasked([{ error: 'E' }]);
    const states = {
      M: { ...each({ Items: [1] }).M, Catch: [{ ErrorEquals: ['E'], Next: 'C' }] },
      C: { Type: 'Succeed' },
    };
    const seen = await run(within, machine(states));
    expect(seen.output).toEqual({ Error: 'E' });
    expect(lines(seen.events).slice(-5)).toEqual([
      '11 <- 8 MapStateFailed',
      '12 <- 11 MapStateExited M',
      '13 <- 12 SucceedStateEntered C',
      '14 <- 13 SucceedStateExited C',
      '15 <- 14 ExecutionSucceeded',
    ]);
  });
});

describe('Parallel', () => {
  const branch = (name: string, state: object) => ({
    StartAt: name,
    States: { [name]: { ...state, End: true } },
  });

  test('gives each branch its input, or its Arguments, and the outputs in the order of the branches', async () => {
    const { within } = tasked([]);
    const branches = [
      branch('A', { Type: 'Pass' }),
      branch('B', { Type: 'Pass', Output: '{% $states.input.n * 2 %}' }),
    ];
    const plain = await run(within, machine({ P: { Type: 'Parallel', Branches: branches, End: true } }), {
      n: 2,
    });
    expect(plain.output).toEqual([{ n: 2 }, 4]);
    const argued = {
      P: {
        Type: 'Parallel',
        Arguments: { n: 5 },
        Branches: branches,
        Output: '{% $states.result[1] %}',
        End: true,
      },
    };
    expect((await run(within, machine(argued), { n: 2 })).output).toBe(10);
  });

  test('the branches point to its start, and its exit to the last event of the last branch', async () => {
    const { within } = tasked([]);
    const states = {
      P: {
        Type: 'Parallel',
        Branches: [branch('A', { Type: 'Pass' }), branch('B', { Type: 'Wait', Seconds: 1 })],
        End: true,
      },
    };
    expect(lines((await run(within, machine(states))).events).slice(1)).toEqual([
      '2 <- 0 ParallelStateEntered P',
      '3 <- 2 ParallelStateStarted',
      '4 <- 3 PassStateEntered A',
      '5 <- 3 WaitStateEntered B',
      '6 <- 4 PassStateExited A',
      '7 <- 5 WaitStateExited B',
      '8 <- 7 ParallelStateSucceeded',
      '9 <- 7 ParallelStateExited P',
      '10 <- 9 ExecutionSucceeded',
    ]);
  });

  test('a branch that fails aborts the others, with all that runs in them', async () => {
    const { within } = tasked([{ error: 'E', afterMs: 1_000 }]);
    const states = {
      P: {
        Type: 'Parallel',
        Branches: [
          branch('A', work),
          branch('B', {
            ...each({ Items: [1] }, { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 60, End: true } } })
              .M,
          }),
        ],
        End: true,
      },
    };
    const seen = await run(within, machine(states));
    expect(seen.record.error).toBe('E');
    const failedId = seen.events.find(({ type }) => type === 'TaskFailed')?.id ?? 0;
    expect(seen.events.slice(failedId).map(({ type }) => type)).toEqual([
      'TaskStateAborted',
      'MapIterationAborted',
      'WaitStateAborted',
      'MapStateAborted',
      'ParallelStateFailed',
      'ExecutionFailed',
    ]);
  });
});
