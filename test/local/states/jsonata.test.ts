import fc from 'fast-check';
import type { Json } from '../../../local/states/json.ts';
import { createEvaluator } from '../../../local/states/jsonata/evaluator.ts';
import { QueryFailure } from '../../../local/states/jsonata/failure.ts';
import { knownFunctions } from '../../../local/states/jsonata/known-functions.ts';
import { detailsOf, fakeTask, lambda, lines, machine, run, world } from './world.ts';

const evaluator = createEvaluator({ now: () => 1_000, random: () => 0.25, uuid: () => 'a-uuid' });
const input = { list: [{ v: 1 }, { v: 2 }], n: 3 };
const value = (expression: string) =>
  evaluator.evaluate(`{% ${expression} %}`, 'Output', { states: { input }, x: 7 });

async function failureOf(expression: string): Promise<string> {
  try {
    return `no failure, but ${JSON.stringify(await value(expression))}`;
  } catch (error) {
    return error instanceof QueryFailure ? error.explanation : String(error);
  }
}

describe("AWS's own functions", () => {
  test.each([
    ['$partition([1,2,3,4], 3)', [[1, 2, 3], [4]]],
    [
      '$partition([1..4], 2.9)',
      [
        [1, 2],
        [3, 4],
      ],
    ],
    ['$range(0, 10, 2)', [0, 2, 4, 6, 8, 10]],
    ['$range(3, 1, -1)', [3, 2, 1]],
    ['$range(-1.7, 2, 1)', [-1, 0, 1, 2]],
    ['$range(1, 9, 9)', 1],
    ['$count($range(1, 360145, 1))', 360_145],
    ['$hash("input data", "SHA-1")', 'aaff4a450a104cd177d28d18d74485e8cae074b7'],
    ['$length($hash("x", "SHA-384"))', 96],
    ['$random()', 0.25],
    ['$random(42)', 0.7275636800328681],
    ['$random(0)', 0.730967787376657],
    ['$random(-5)', 0.26930095796932485],
    ['$uuid()', 'a-uuid'],
    ['$sort($shuffle([1, 2, 3, 4]))', [1, 2, 3, 4]],
    ['$shuffle([1, 2, 3, 4])', [4, 3, 1, 2]],
    ['$parse("{\\"a\\": [1, null]}")', { a: [1, null] }],
    ['$parse("-0")', 0],
    ['$now()', '1970-01-01T00:00:01.000Z'],
    ['$millis()', 1_000],
  ])('%s', async (expression, expected) => {
    expect(await value(expression)).toEqual(expected);
  });

  test.each(['$partition([1,2], 0)', '$partition([], 2)', '$range(1, 2)', '$range(1, 3, -1)', '$hash("x")'])(
    '%s returns nothing',
    async (expression) => {
      expect(await failureOf(expression)).toBe('returned nothing (undefined).');
    },
  );

  test.each([...knownFunctions])('$%s is a function', async (name) => {
    expect(await value(`$exists($${name})`)).toBe(true);
  });

  test('$eval is none of them', async () => {
    expect(await failureOf('$eval("1")')).toContain('T1006: Attempted to invoke a non-function');
  });
});

describe('values', () => {
  test.each([
    ['$states.input.list[v=2]', { v: 2 }],
    ['[$states.input.list[v=2]]', [{ v: 2 }]],
    ['$states.input.list.v', [1, 2]],
    ['{"a": $states.input.missing, "b": $x}', { b: 7 }],
    ['1/0', 'Infinity'],
    ['$map($states.input.list, function($i) { $i.v * $x })', [7, 14]],
    ['null', null],
  ])('%s', async (expression, expected) => {
    expect(await value(expression)).toEqual(expected);
  });

  test('a key that JavaScript knows stays data', async () => {
    const result = await value('$parse("{\\"__proto__\\":{\\"polluted\\":true}}")');
    expect(JSON.stringify(result)).toBe('{"__proto__":{"polluted":true}}');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('what fails, in the words of AWS', () => {
  test.each([
    ['$states.input.missing', 'returned nothing (undefined).'],
    ['$sum', 'returned an unsupported result type.'],
    ['function($a) { $a }', 'returned an unsupported result type.'],
    ['[$sum]', 'returned an unsupported result type.'],
    ['$unknown(1)', 'threw an error during evaluation. T1006: Attempted to invoke a non-function'],
    [
      '"a" + 1',
      'threw an error during evaluation. T2001: The left side of the "+" operator must evaluate to a number',
    ],
  ])('%s', async (expression, explanation) => {
    expect(await failureOf(expression)).toBe(explanation);
  });

  test('a hundred levels are allowed, one more is not', async () => {
    const sum = (terms: number) => Array.from({ length: terms }, () => '1').join('+');
    expect(await value(sum(100))).toBe(100);
    expect(await failureOf(sum(101))).toContain('Depth=101 max=100');
    const recursive = (n: number) => `($f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(${n}))`;
    expect(await value(recursive(10))).toBe(10);
    expect(await failureOf(recursive(1_000))).toContain('Stack overflow error');
  });

  test('an expression that never ends is ended', async () => {
    expect(await failureOf('($f := function($n) { $f($n + 1) }; $f(0))')).toContain(
      'Expression evaluation timeout',
    );
  });

  test('values that are too big are refused', async () => {
    expect(await value('$count([1..873782])')).toBe(873_782);
    expect(await failureOf('$count([1..873783])')).toContain('Expression evaluation memory limit exceeded');
    expect(await failureOf('$range(1, 360146, 1)')).toContain('Expression evaluation memory limit exceeded');
  });

  test('the cause names the state, the trimmed expression and the field; EvaluationFailed comes first', async () => {
    const states = {
      A: { Type: 'Pass', Next: 'B' },
      B: { Type: 'Pass', Output: { result: ['{%   $states.input.missing   %}'] }, End: true },
    };
    const seen = await run(world(), machine(states));
    const cause =
      "An error occurred while executing the state 'B' (entered at the event id #4). The JSONata expression '$states.input.missing' specified for the field 'Output/result[0]' returned nothing (undefined).";
    expect(lines(seen.events).slice(-3)).toEqual([
      '4 <- 3 PassStateEntered B',
      '5 <- 3 EvaluationFailed',
      '6 <- 5 ExecutionFailed',
    ]);
    expect(detailsOf(seen, 'EvaluationFailed')).toEqual([
      { error: 'States.QueryEvaluationError', cause, location: 'Output/result[0]', state: 'B' },
    ]);
    expect(seen.record).toMatchObject({ error: 'States.QueryEvaluationError', cause });
  });

  test.each([
    ['Items', { Items: '{% 1 %}' }, "Expected 'array', but was 'number' for value: 1"],
    ['MaxConcurrency', { Items: [1], MaxConcurrency: '{% "1" %}' }, "Expected 'number', but was 'string'"],
    ['MaxConcurrency', { Items: [1], MaxConcurrency: '{% -1 %}' }, 'non-negative'],
  ])('%s of a Map', async (field, fields, text) => {
    const states = {
      M: {
        Type: 'Map',
        ...fields,
        ItemProcessor: { StartAt: 'I', States: { I: { Type: 'Succeed' } } },
        End: true,
      },
    };
    const { record } = await run(world(), machine(states));
    expect(record.error).toBe('States.QueryEvaluationError');
    expect(record.cause).toContain(`'${field}'`);
    expect(record.cause).toContain(text);
  });

  test.each([0, -1, 1.5, 100_000_000])('TimeoutSeconds of %s', async (seconds) => {
    const states = {
      T: { Type: 'Task', Resource: lambda, Arguments: {}, TimeoutSeconds: `{% ${seconds} %}`, End: true },
    };
    const { record } = await run(world(), machine(states));
    expect(record).toMatchObject({ error: 'States.QueryEvaluationError' });
    expect(record.cause).toContain("'TimeoutSeconds'");
  });

  test('a Task may catch or retry it', async () => {
    const within = world();
    const task = fakeTask(within.clock, [{ output: {} }, { output: { n: 1 } }]);
    const states = {
      T: {
        Type: 'Task',
        Resource: lambda,
        Arguments: {},
        Output: '{% $states.result.n %}',
        Retry: [{ ErrorEquals: ['States.QueryEvaluationError'], MaxAttempts: 1 }],
        End: true,
      },
    };
    const seen = await run(world({ clock: within.clock, adapters: [task] }), machine(states));
    expect(seen.output).toBe(1);
    expect(task.asked).toHaveLength(2);
  });
});

test('a plain path gives what JSONata itself gives for it', async () => {
  const name = fc.constantFrom('a', 'b', 'and', 'null', 'function', 'constructor');
  const document = fc.letrec<{ value: Json }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom<Json>(0, 'text', true, null, [], {}),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(name, tie('value'), { maxKeys: 4, noNullPrototype: true }),
    ),
  })).value;
  await fc.assert(
    fc.asyncProperty(document, fc.array(name, { maxLength: 4 }), async (states, names) => {
      const path = ['$states', ...names].join('.');
      const outcome = (expression: string) =>
        evaluator
          .evaluate(`{% ${expression} %}`, 'Output', { states })
          .catch(({ explanation }: QueryFailure) => ({ failed: explanation.slice(0, 20) }));
      expect(await outcome(path)).toEqual(await outcome(`(${path})`));
    }),
    { numRuns: 500 },
  );
});

test('the time stands still during one evaluation', async () => {
  let nowMs = 0;
  const ticking = createEvaluator({ now: () => ++nowMs, random: () => 0, uuid: () => '' });
  const times = await ticking.evaluate('{% [$millis(), $toMillis($now()), $millis()] %}', 'Output', {});
  expect(times).toEqual([1, 1, 1]);
});
