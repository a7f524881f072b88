import type { TaskAdapter } from '../../../local/states/adapters/adapter.ts';
import { virtualClock } from '../../../local/states/clock/virtual-clock.ts';
import type { Json } from '../../../local/states/json.ts';
import { detailsOf, fakeTask, lambda, machine, run, world } from './world.ts';

const outputOf = async (states: Record<string, object>, input: Json = {}) =>
  (await run(world(), machine(states), input)).output;

const causeOf = async (states: Record<string, object>, input: Json = {}) => {
  const { record } = await run(world(), machine(states), input);
  return `${record.error}: ${record.cause}`;
};

describe('Pass, Succeed and Fail', () => {
  test('a state without Output passes its input on', async () => {
    expect(await outputOf({ A: { Type: 'Pass', End: true } }, { n: [1, null] })).toEqual({ n: [1, null] });
  });

  test.each<[string, Json]>([
    ['null', null],
    ['0', 0],
    ['true', true],
    ['"text"', 'text'],
    ['[]', []],
    ['{}', {}],
  ])('Output may be any JSON: %s', async (_, output) => {
    expect(await outputOf({ A: { Type: 'Pass', Output: output, End: true } })).toEqual(output);
  });

  test('only strings that begin with {% and end with %} are expressions, at any depth', async () => {
    const output = { a: ['{% 1 + 1 %}', ' {% 1 %} ', '$states.input', { 'b.$': '$' }] };
    expect(await outputOf({ A: { Type: 'Succeed', Output: output } })).toEqual({
      a: [2, ' {% 1 %} ', '$states.input', { 'b.$': '$' }],
    });
  });

  test('Fail gives its Error and Cause, which may be expressions', async () => {
    const states = { A: { Type: 'Fail', Error: 'Mine', Cause: '{% "for " & $states.input.why %}' } };
    expect(await causeOf(states, { why: 'x' })).toBe('Mine: for x');
  });

  test('an absent Error or Cause of a Fail stays absent', async () => {
    const seen = await run(world(), machine({ A: { Type: 'Fail' } }));
    expect(detailsOf(seen, 'ExecutionFailed')).toEqual([{}]);
    expect(seen.record.error).toBeUndefined();
  });
});

describe('Choice', () => {
  const choice = (more: object = {}) => ({
    C: {
      Type: 'Choice',
      Choices: [
        { Condition: '{% $states.input.n > 9 %}', Next: 'Big', Output: 'from the rule' },
        { Condition: '{% $states.input.n > 5 %}', Next: 'Middle' },
      ],
      ...more,
    },
    Big: { Type: 'Succeed' },
    Middle: { Type: 'Pass', Output: 'middle', End: true },
  });

  test('takes the first rule that holds, with its own Output', async () => {
    expect(await outputOf(choice(), { n: 10 })).toBe('from the rule');
    expect(await outputOf(choice(), { n: 6 })).toBe('middle');
  });

  test("goes to Default with the state's own Output and Assign", async () => {
    const states = {
      ...choice({ Default: 'Small', Output: 'from the state', Assign: { small: true } }),
      Small: { Type: 'Pass', Output: '{% [$states.input, $small] %}', End: true },
    };
    expect(await outputOf(states, { n: 1 })).toEqual(['from the state', true]);
  });

  test('without a match or a Default fails as AWS words it', async () => {
    expect(await causeOf(choice(), { n: 1 })).toBe(
      "States.Runtime: An error occurred while executing the state 'C' (entered at the event id #2). Failed to transition out of the state. The state does not point to a next state.",
    );
  });

  test('a Condition may be the literal true', async () => {
    const states = {
      C: { Type: 'Choice', Choices: [{ Condition: true, Next: 'S', Assign: { x: 1 } }] },
      S: { Type: 'Succeed', Output: '{% $x %}' },
    };
    expect(await outputOf(states)).toBe(1);
  });

  test('a Condition that is no boolean fails the query', async () => {
    const states = {
      C: { Type: 'Choice', Choices: [{ Condition: '{% 1 %}', Next: 'S' }] },
      S: { Type: 'Succeed' },
    };
    expect(await causeOf(states)).toContain(
      "The JSONata expression '1' specified for the field 'Choices[0]/Condition' returned an unexpected result type. Expected 'boolean', but was 'number' for value: 1",
    );
  });

  test('a rule after the one that holds is not evaluated', async () => {
    const states = {
      C: {
        Type: 'Choice',
        Choices: [
          { Condition: true, Next: 'S' },
          { Condition: '{% $states.input.missing %}', Next: 'S' },
        ],
      },
      S: { Type: 'Succeed', Output: 'reached' },
    };
    expect(await outputOf(states)).toBe('reached');
  });
});

describe('Wait', () => {
  const waiting = (fields: object) => ({ W: { Type: 'Wait', ...fields, End: true } });

  test.each([
    ['Seconds', { Seconds: 90 }, 90],
    ['Seconds by expression', { Seconds: '{% $states.input.s * 2 %}' }, 60],
    ['Timestamp', { Timestamp: '2026-01-01T00:05:00Z' }, 300],
    ['Timestamp by expression', { Timestamp: '{% $states.input.t %}' }, 3_600],
    ['a Timestamp of another offset, to the second', { Timestamp: '2026-01-01T01:00:30.5+01:00:30' }, 0.5],
    ['a Timestamp in the past', { Timestamp: '2020-01-01T00:00:00+02:00' }, 0],
  ])('%s takes its time', async (_, fields, seconds) => {
    const within = world();
    const startMs = within.clock.now();
    const seen = await run(within, machine(waiting(fields)), { s: 30, t: '2026-01-01T01:00:00Z' });
    expect(seen.record.status).toBe('SUCCEEDED');
    expect((seen.record.stopMs ?? 0) - startMs).toBe(seconds * 1_000);
  });

  test('a time that is none fails as AWS words it', async () => {
    expect(await causeOf(waiting({ Timestamp: '{% "tomorrow" %}' }))).toBe(
      "States.Runtime: An error occurred while executing the state 'W' (entered at the event id #2). The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: tomorrow",
    );
  });

  test.each([
    '2026-02-30T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:00:00+18:01',
    '12026-01-01T00:00:00Z',
    '2026-01-01 00:00:00Z',
    '2026-01-01T00:00:00',
  ])('%s is no time', async (text) => {
    expect(await causeOf(waiting({ Timestamp: `{% "${text}" %}` }))).toContain('cannot be parsed');
  });

  test('a wait of more than a year is too long', async () => {
    expect(await causeOf(waiting({ Seconds: '{% 31536001 %}' }))).toContain('Wait state delay is too long.');
  });

  test.each(['-1', '1.5'])('%s seconds fail the query', async (seconds) => {
    expect(await causeOf(waiting({ Seconds: `{% ${seconds} %}` }))).toMatch(
      /^States.QueryEvaluationError: .*field 'Seconds'/,
    );
  });
});

describe('Task', () => {
  test('Arguments are evaluated, its result is the output unless Output says otherwise', async () => {
    const within = world();
    const states = {
      T: {
        Type: 'Task',
        Resource: lambda,
        Arguments: { FunctionName: 'f', Payload: '{% $states.input.n + 1 %}' },
        Next: 'U',
      },
      U: {
        Type: 'Task',
        Resource: lambda,
        Arguments: '{% {"FunctionName": "g", "Payload": $states.input.Payload} %}',
        Output: '{% {"was": $states.input.Payload, "is": $states.result.FunctionName} %}',
        End: true,
      },
    };
    expect((await run(within, machine(states), { n: 1 })).output).toEqual({ was: 2, is: 'g' });
  });

  test('TimeoutSeconds and HeartbeatSeconds take expressions, and the history shows their values', async () => {
    const within = world();
    const states = {
      T: {
        Type: 'Task',
        Resource: lambda,
        Arguments: {},
        TimeoutSeconds: '{% $t := 20 %}',
        HeartbeatSeconds: '{% 5 * 2 %}',
        End: true,
      },
    };
    expect(detailsOf(await run(within, machine(states)), 'TaskScheduled')).toEqual([
      expect.objectContaining({ timeoutInSeconds: 20, heartbeatInSeconds: 10 }),
    ]);
  });

  test("a function's ARN gets the state's input where there are no Arguments", async () => {
    const within = world();
    const task = fakeTask(within.clock, [], 'arn:aws:lambda:*');
    const other = world({ clock: within.clock, adapters: [task] });
    const resource = 'arn:aws:lambda:us-east-1:123456789012:function:f';
    const seen = await run(other, machine({ T: { Type: 'Task', Resource: resource, End: true } }), { n: 1 });
    expect(seen.output).toEqual({ n: 1 });
    expect(seen.events.map(({ type }) => type)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'LambdaFunctionScheduled',
      'LambdaFunctionStarted',
      'LambdaFunctionSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
    expect(detailsOf(seen, 'LambdaFunctionScheduled')).toEqual([
      { resource, input: '{"n":1}', inputDetails: { truncated: false } },
    ]);
  });
});

test('what an adapter changes of its Arguments, or later of its answer, changes nothing here', async () => {
  const clock = virtualClock();
  const answer = { list: [1] };
  const meddling: TaskAdapter = {
    resource: lambda,
    async submit(args) {
      (args as { list: number[] }).list.push(9);
      setImmediate(() => answer.list.push(9));
      return { output: answer };
    },
  };
  const states = {
    P: { Type: 'Pass', Output: { list: [0] }, Next: 'T' },
    T: { Type: 'Task', Resource: lambda, Output: '{% [$states.input, $states.result] %}', Next: 'W' },
    W: { Type: 'Wait', Seconds: 1, End: true },
  };
  const within = world({ clock, adapters: [meddling] });
  for (const _ of [1, 2]) {
    answer.list = [1];
    expect((await run(within, machine(states))).output).toEqual([{ list: [0] }, { list: [1] }]);
  }
});

describe('variables', () => {
  test('Assign and Output both see the values at entry', async () => {
    const states = {
      A: { Type: 'Pass', Assign: { x: 3, a: 6 }, Next: 'B' },
      B: { Type: 'Pass', Assign: { x: '{% $a %}', nextX: '{% $x %}' }, Output: '{% $x %}', Next: 'C' },
      C: { Type: 'Succeed', Output: '{% [$states.input, $x, $nextX] %}' },
    };
    expect(await outputOf(states)).toEqual([3, 6, 3]);
  });

  test('the history shows assigned variables as JSON text', async () => {
    const states = { A: { Type: 'Pass', Assign: { x: '{% {"n": 1} %}', y: 'text' }, End: true } };
    expect(detailsOf(await run(world(), machine(states)), 'PassStateExited')).toEqual([
      expect.objectContaining({
        assignedVariables: { x: '{"n":1}', y: '"text"' },
        assignedVariablesDetails: { truncated: false },
      }),
    ]);
  });

  test('an iteration reads the variables around it, and its own stay inside', async () => {
    const states = {
      A: { Type: 'Pass', Assign: { outer: 10 }, Next: 'M' },
      M: {
        Type: 'Map',
        Items: [1, 2, 3],
        ItemProcessor: {
          StartAt: 'I',
          States: {
            I: { Type: 'Pass', Assign: { inner: '{% $states.input * $outer %}' }, Next: 'J' },
            J: { Type: 'Pass', Output: '{% $inner + $outer %}', End: true },
          },
        },
        Next: 'Z',
      },
      Z: { Type: 'Succeed', Output: '{% {"map": $states.input, "inner": $exists($inner)} %}' },
    };
    expect(await outputOf(states)).toEqual({ map: [20, 30, 40], inner: false });
  });

  test("a branch does not see another branch's variables", async () => {
    const branch = (name: string, value: number, other: string) => ({
      StartAt: name,
      States: {
        [name]: { Type: 'Pass', Assign: { [`v${name}`]: value }, Next: `${name}2` },
        [`${name}2`]: { Type: 'Pass', Output: `{% [$v${name}, $exists($v${other})] %}`, End: true },
      },
    });
    const states = {
      P: { Type: 'Parallel', Branches: [branch('A', 1, 'B'), branch('B', 2, 'A')], End: true },
    };
    expect(await outputOf(states)).toEqual([
      [1, false],
      [2, false],
    ]);
  });
});

describe('the context object', () => {
  test('tells of the execution, the machine and the state', async () => {
    const states = { A: { Type: 'Pass', Output: '{% $states.context %}', End: true } };
    const seen = await run(world(), machine(states), { n: 1 }, 'mine');
    expect(seen.output).toEqual({
      Execution: {
        Id: seen.arn,
        Input: { n: 1 },
        StartTime: '2026-01-01T00:00:00Z',
        Name: 'mine',
        RoleArn: 'arn:aws:iam::123456789012:role/r',
        RedriveCount: 0,
      },
      StateMachine: { Id: 'arn:aws:states:us-east-1:123456789012:stateMachine:m', Name: 'm' },
      State: { Name: 'A', EnteredTime: '2026-01-01T00:00:00Z' },
    });
  });

  test("a Task's RetryCount rises with its retries", async () => {
    const within = world();
    const task = fakeTask(within.clock, [{ error: 'E' }, { error: 'E' }, (args) => args]);
    const states = {
      T: {
        Type: 'Task',
        Resource: lambda,
        Arguments: '{% $states.context.State.RetryCount %}',
        Retry: [{ ErrorEquals: ['E'] }],
        End: true,
      },
    };
    await run(world({ clock: within.clock, adapters: [task] }), machine(states));
    expect(task.asked.map(({ args }) => args)).toEqual([0, 1, 2]);
  });

  test('a time with a fraction of a second has it, a whole one has none', async () => {
    const within = world();
    const states = {
      W: { Type: 'Wait', Timestamp: '2026-01-01T00:00:01.250Z', Next: 'A' },
      A: { Type: 'Pass', Output: '{% $states.context.State.EnteredTime %}', End: true },
    };
    expect((await run(within, machine(states))).output).toBe('2026-01-01T00:00:01.250Z');
  });

  test("a Map's item is there for its ItemSelector, and not inside the iteration", async () => {
    const states = {
      M: {
        Type: 'Map',
        Items: ['a', 'b'],
        ItemSelector: {
          i: '{% $states.context.Map.Item.Index %}',
          v: '{% $states.context.Map.Item.Value %}',
        },
        ItemProcessor: {
          StartAt: 'I',
          States: {
            I: {
              Type: 'Pass',
              Output: '{% [$states.input, $exists($states.context.Map)] %}',
              End: true,
            },
          },
        },
        End: true,
      },
    };
    expect(await outputOf(states)).toEqual([
      [{ i: 0, v: 'a' }, false],
      [{ i: 1, v: 'b' }, false],
    ]);
  });
});
