import { virtualClock } from '../../../local/states/clock/virtual-clock.ts';
import { type Answer, fakeTask, lambda, machine, run, world } from './world.ts';

function tasked(script: readonly Answer[]) {
  const clock = virtualClock();
  const task = fakeTask(clock, script);
  return { task, within: world({ clock, adapters: [task] }) };
}

/** JSON text of a string of so many bytes, quotes included. */
const textOf = (bytes: number) => 'x'.repeat(bytes - 2);
const limit = 256 * 1024;

describe('the payload limit of 256 KiB', () => {
  const task = {
    Type: 'Task',
    Resource: lambda,
    Arguments: {},
    Catch: [{ ErrorEquals: ['States.ALL'], Next: 'C' }],
    End: true,
  };
  const catching = { C: { Type: 'Succeed', Output: 'caught' } };

  test("a Task's result of just the limit passes, a byte more fails, and States.ALL does not catch it", async () => {
    const passes = tasked([{ output: textOf(limit) }]);
    expect((await run(passes.within, machine({ T: task, ...catching }))).record.status).toBe('SUCCEEDED');
    const fails = tasked([{ output: textOf(limit + 1) }]);
    expect((await run(fails.within, machine({ T: task, ...catching }))).record).toMatchObject({
      status: 'FAILED',
      error: 'States.DataLimitExceeded',
      cause:
        "The state/task 'lambda' returned a result with a size exceeding the maximum number of bytes service limit.",
    });
  });

  test('it counts bytes, not characters', async () => {
    const { within } = tasked([{ output: 'ü'.repeat(limit / 2) }]);
    expect((await run(within, machine({ T: task, ...catching }))).record.error).toBe(
      'States.DataLimitExceeded',
    );
  });

  test('it can be caught by its own name', async () => {
    const { within } = tasked([{ output: textOf(limit + 1) }]);
    const named = { ...task, Catch: [{ ErrorEquals: ['States.DataLimitExceeded'], Next: 'C' }] };
    expect((await run(within, machine({ T: named, ...catching }))).output).toBe('caught');
  });

  test('it holds for outputs and for arguments', async () => {
    const grow = '{% $join([$states.input, $states.input]) %}';
    const { task: fake, within } = tasked([]);
    const half = textOf(limit / 2 + 10);
    const output = await run(within, machine({ P: { Type: 'Pass', Output: grow, End: true } }), half);
    expect(output.record.error).toBe('States.DataLimitExceeded');
    const args = await run(within, machine({ T: { ...task, Catch: undefined, Arguments: grow } }), half);
    expect(args.record.error).toBe('States.DataLimitExceeded');
    expect(fake.asked).toHaveLength(0);
  });

  test('it holds for what iterations and branches begin with', async () => {
    const { task: fake, within } = tasked([]);
    const inner = { StartAt: 'T', States: { T: { ...task, Catch: undefined } } };
    const grow = '{% $join([$states.input.text, $states.input.text]) %}';
    const text = textOf(limit / 2 + 10);
    for (const state of [
      { Type: 'Map', Items: [1], ItemSelector: grow, ItemProcessor: inner, End: true },
      { Type: 'Parallel', Arguments: grow, Branches: [inner], End: true },
    ]) {
      const seen = await run(within, machine({ S: state }), { text });
      expect(seen.record.error).toBe('States.DataLimitExceeded');
    }
    expect(fake.asked).toHaveLength(0);
  });

  test('one Assign holds no more', async () => {
    const { within } = tasked([]);
    const states = {
      P: { Type: 'Pass', Assign: { x: '{% $states.input %}', y: '{% $states.input %}' }, End: true },
    };
    expect((await run(within, machine(states), textOf(limit / 2))).record.status).toBe('SUCCEEDED');
    const seen = await run(within, machine(states), textOf(limit / 2 + 1));
    expect(seen.record.error).toBe('States.DataLimitExceeded');
  });
});

test('all variables of an execution hold 10 MiB at most', async () => {
  const { within } = tasked([]);
  const names = Array.from({ length: 41 }, (_, index) => `v${index}`);
  const states = Object.fromEntries(
    names.map((name, index) => [
      name,
      {
        Type: 'Pass',
        Assign: { [name]: "{% $pad('', 262000, 'x') %}" },
        ...(index === 40 ? { End: true } : { Next: names[index + 1] }),
      },
    ]),
  );
  const seen = await run(within, machine(states));
  expect(seen.record.error).toBe('States.DataLimitExceeded');
  expect(seen.record.cause).toContain("the state 'v40'");
});

describe('the history limit of 25,000 events', () => {
  test('ends an execution that never would', async () => {
    const { within } = tasked([]);
    const states = {
      A: { Type: 'Pass', Next: 'B' },
      B: { Type: 'Choice', Choices: [{ Condition: false, Next: 'S' }], Default: 'A' },
      S: { Type: 'Succeed' },
    };
    const seen = await run(within, machine(states));
    expect(seen.events).toHaveLength(25_000);
    expect(seen.record).toMatchObject({
      status: 'FAILED',
      error: 'States.Runtime',
      cause: 'The execution reached the maximum number of history events (25000).',
    });
  });
});

test('an execution is open for a year at most', async () => {
  const clock = virtualClock();
  const within = world({ clock, adapters: [fakeTask(clock, [{ error: 'E' }])] });
  const states = {
    W: { Type: 'Wait', Timestamp: '2026-12-30T00:00:00Z', Next: 'V' },
    V: { Type: 'Wait', Seconds: 7 * 86_400, End: true },
  };
  const seen = await run(within, machine(states));
  expect(seen.record.status).toBe('TIMED_OUT');
  expect(seen.record.stopMs).toBe(Date.UTC(2027, 0, 1));
});
