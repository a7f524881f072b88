import { lambdaAdapters } from '../../../local/states/adapters/lambda/lambda-adapters.ts';
import { validateDefinition } from '../../../local/states/definition/validate-definition.ts';
import { fakeJob } from './world.ts';

const adapters = [...lambdaAdapters('http://127.0.0.1:1'), fakeJob({ status: 'pending' })];
const lambda = 'arn:aws:states:::lambda:invoke';

type Fields = Record<string, unknown>;

/** A right machine with one state of each kind, whose named states can be changed. */
function machine(changes: Record<string, Fields> = {}, top: Fields = {}): Fields {
  const states: Record<string, Fields> = {
    T: {
      Type: 'Task',
      Resource: lambda,
      Arguments: { FunctionName: 'f', Payload: '{% $states.input %}' },
      Retry: [
        {
          ErrorEquals: ['E'],
          IntervalSeconds: 1,
          MaxAttempts: 2,
          BackoffRate: 1.5,
          MaxDelaySeconds: 9,
          JitterStrategy: 'FULL',
        },
      ],
      Catch: [
        { ErrorEquals: ['States.ALL'], Next: 'F', Output: '{% $states.errorOutput %}', Assign: { e: 1 } },
      ],
      Assign: { t: '{% $states.result %}' },
      Output: '{% $states.result.Payload %}',
      TimeoutSeconds: 60,
      HeartbeatSeconds: 30,
      Next: 'W',
    },
    W: { Type: 'Wait', Seconds: 1, Next: 'C' },
    C: { Type: 'Choice', Choices: [{ Condition: '{% $t = 1 %}', Next: 'M' }], Default: 'P' },
    M: {
      Type: 'Map',
      Items: '{% $states.input %}',
      ItemSelector: { v: '{% $states.context.Map.Item.Value %}' },
      MaxConcurrency: 2,
      ItemProcessor: {
        ProcessorConfig: { Mode: 'INLINE' },
        StartAt: 'I',
        States: { I: { Type: 'Pass', End: true } },
      },
      Next: 'P',
    },
    P: { Type: 'Parallel', Branches: [{ StartAt: 'B', States: { B: { Type: 'Succeed' } } }], Next: 'A' },
    A: { Type: 'Pass', Output: '{% $states.input %}', Next: 'S' },
    S: { Type: 'Succeed' },
    F: { Type: 'Fail', Error: 'E', Cause: '{% "c" %}' },
  };
  for (const [name, fields] of Object.entries(changes)) {
    const state: Fields = { ...states[name], ...fields };
    for (const [field, value] of Object.entries(state)) if (value === undefined) delete state[field];
    states[name] = state;
  }
  return {
    QueryLanguage: 'JSONata',
    Version: '1.0',
    Comment: 'c',
    StartAt: 'T',
    TimeoutSeconds: 9,
    States: states,
    ...top,
  };
}

const without = (definition: Fields, ...fields: string[]) =>
  Object.fromEntries(Object.entries(definition).filter(([field]) => !fields.includes(field)));

const problemsOf = (definition: unknown) =>
  validateDefinition(typeof definition === 'string' ? definition : JSON.stringify(definition), adapters);

const item = (state: Fields) => ({ ItemProcessor: { StartAt: 'I', States: { I: state } } });

describe('right definitions', () => {
  test('one with every kind of state', () => {
    expect(problemsOf(machine())).toEqual([]);
  });

  test('JSONata named on each state instead of at the top', () => {
    const states = { A: { Type: 'Pass', QueryLanguage: 'JSONata', End: true } };
    expect(problemsOf({ StartAt: 'A', States: states })).toEqual([]);
    expect(problemsOf({ StartAt: 'A', QueryLanguage: 'JSONPath', States: states })).toEqual([]);
  });

  test.each([
    '{% $states.input.items[value > 3] %}',
    '{% $map($states.input.a, function($x) { $x.b }) %}',
    '{% $states.input.a.(b + c) %}',
    '{% $sort($states.input.a, function($l, $r) { $l.n > $r.n }) %}',
    '{% $states.input.a^(n) %}',
    '{% $states.input.a{k: $sum(n)} %}',
    '{% ($y := $states.input.x; $y.z) %}',
    '{% $states.input ~> |a|{"b": c}| %}',
    '{% $states.input.a@$i.b#$n.{"n": $n} %}',
    '{% {"key": $states.context.Execution.Id} %}',
    '{% $match($states.input.s, /a+/i) %}',
    '{% $states.input.a[$ > 1] %}',
    '{% $states.input.**.b %}',
    '{% $states.input.*[0] %}',
    '{% $uuid() & $hash("a", "MD5") %}',
  ])('the expression %s', (expression) => {
    expect(problemsOf(machine({ A: { Output: expression } }))).toEqual([]);
  });
});

/** What is wrong, the definition, and where the message must say so. */
const wrong: [string, unknown, string][] = [
  ['no JSON', 'not a definition', '/'],
  ['an array', [], '/'],
  ['more than 1 MB', machine({}, { Comment: 'x'.repeat(1_048_577) }), '/'],
  ['no StartAt', without(machine(), 'StartAt'), '/'],
  ['no States', without(machine(), 'States'), '/'],
  ['no state at all', { QueryLanguage: 'JSONata', StartAt: 'A', States: {} }, '/States'],
  ['StartAt names no state', machine({}, { StartAt: 'X' }), '/StartAt'],
  ['StartAt is a number', machine({}, { StartAt: 1 }), '/StartAt'],
  ['an unknown field at the top', machine({}, { Timeout: 1 }), '/Timeout'],
  ['another Version', machine({}, { Version: '2.0' }), '/Version'],
  ['TimeoutSeconds of 0', machine({}, { TimeoutSeconds: 0 }), '/TimeoutSeconds'],
  ['TimeoutSeconds by expression at the top', machine({}, { TimeoutSeconds: '{% 1 %}' }), '/TimeoutSeconds'],
  ['an unknown QueryLanguage', machine({}, { QueryLanguage: 'jsonata' }), '/QueryLanguage'],
  ['JSONPath by default', without(machine(), 'QueryLanguage'), '/States/A/QueryLanguage'],
  ['a state in JSONPath', machine({ A: { QueryLanguage: 'JSONPath' } }), '/States/A'],
  [
    'an inner state in JSONPath',
    machine({ M: item({ Type: 'Pass', QueryLanguage: 'JSONPath', End: true }) }),
    '/States/M/ItemProcessor/States/I',
  ],
  ['a state that is no object', machine({}, { States: { T: 1 } }), '/States/T'],
  ['no Type', machine({ A: { Type: undefined } }), '/States/A/Type'],
  ['an unknown Type', machine({ A: { Type: 'Loop' } }), '/States/A/Type'],
  [
    'a name of 81 characters',
    machine({ A: { Next: 'n'.repeat(81) }, ['n'.repeat(81)]: { Type: 'Succeed' } }),
    `/States/${'n'.repeat(81)}`,
  ],
  [
    'a name with a control character',
    machine({ A: { Next: 'a\u0007' }, 'a\u0007': { Type: 'Succeed' } }),
    '/States/a\u0007',
  ],
  [
    'a name used twice',
    machine({ M: { ItemProcessor: { StartAt: 'A', States: { A: { Type: 'Pass', End: true } } } } }),
    '/States/A',
  ],
  ['a Next that is missing', machine({ A: { Next: undefined } }), '/States/A'],
  ['a Next that names no state', machine({ A: { Next: 'X' } }), '/States/A/Next'],
  ['Next and End', machine({ A: { End: true } }), '/States/A'],
  [
    'a Next out of its block',
    machine({ M: item({ Type: 'Pass', Next: 'A' }) }),
    '/States/M/ItemProcessor/States/I/Next',
  ],
  ['a state that nothing leads to', machine({ Z: { Type: 'Succeed' } }), '/States/Z'],
  [
    'no way to an end',
    { QueryLanguage: 'JSONata', StartAt: 'A', States: { A: { Type: 'Pass', Next: 'A' } } },
    '/States',
  ],
  ['a field of JSONPath', machine({ A: { ResultPath: '$.x' } }), '/States/A/ResultPath'],
  ['Parameters', machine({ T: { Parameters: {} } }), '/States/T/Parameters'],
  ["a Pass's Result", machine({ A: { Result: 1 } }), '/States/A/Result'],
  ['a misspelt field', machine({ T: { Argument: {} } }), '/States/T/Argument'],
  ['Retry on a Pass', machine({ A: { Retry: [] } }), '/States/A/Retry'],
  ['TimeoutSeconds on a Map', machine({ M: { TimeoutSeconds: 1 } }), '/States/M/TimeoutSeconds'],
  ['Credentials', machine({ T: { Credentials: {} } }), '/States/T/Credentials'],
  ['Assign on a Succeed', machine({ S: { Assign: { x: 1 } } }), '/States/S/Assign'],
  ['Next on a Choice', machine({ C: { Next: 'A' } }), '/States/C/Next'],
  ['no Resource', machine({ T: { Resource: undefined } }), '/States/T'],
  [
    'a Resource that does not run here',
    machine({ T: { Resource: 'arn:aws:states:::ecs:runTask.sync' } }),
    '/States/T/Resource',
  ],
  [
    'an activity',
    machine({ T: { Resource: 'arn:aws:states:us-east-1:123456789012:activity:a' } }),
    '/States/T/Resource',
  ],
  ['a callback', machine({ T: { Resource: `${lambda}.waitForTaskToken` } }), '/States/T/Resource'],
  ['a Resource by expression', machine({ T: { Resource: '{% $r %}' } }), '/States/T/Resource'],
  ['Arguments without FunctionName', machine({ T: { Arguments: { Payload: 1 } } }), '/States/T/Arguments'],
  [
    'Arguments misspelt',
    machine({ T: { Arguments: { FunctionName: 'f', PayLoad: 1 } } }),
    '/States/T/Arguments/PayLoad',
  ],
  [
    'an invocation that answers nothing',
    machine({ T: { Arguments: { FunctionName: 'f', InvocationType: 'Event' } } }),
    '/States/T/Arguments/InvocationType',
  ],
  ['TimeoutSeconds as text', machine({ T: { TimeoutSeconds: '60' } }), '/States/T/TimeoutSeconds'],
  ['TimeoutSeconds with a fraction', machine({ T: { TimeoutSeconds: 60.5 } }), '/States/T/TimeoutSeconds'],
  [
    'TimeoutSeconds beyond its limit',
    machine({ T: { TimeoutSeconds: 100_000_000 } }),
    '/States/T/TimeoutSeconds',
  ],
  [
    'HeartbeatSeconds as long as the timeout',
    machine({ T: { HeartbeatSeconds: 60 } }),
    '/States/T/HeartbeatSeconds',
  ],
  ['Retry that is no array', machine({ T: { Retry: {} } }), '/States/T/Retry'],
  ['a Retrier without ErrorEquals', machine({ T: { Retry: [{ MaxAttempts: 1 }] } }), '/States/T/Retry[0]'],
  ['ErrorEquals empty', machine({ T: { Retry: [{ ErrorEquals: [] }] } }), '/States/T/Retry[0]/ErrorEquals'],
  [
    'an error name that is a number',
    machine({ T: { Retry: [{ ErrorEquals: [1] }] } }),
    '/States/T/Retry[0]/ErrorEquals[0]',
  ],
  [
    'an unknown States. error',
    machine({ T: { Retry: [{ ErrorEquals: ['States.TimedOut'] }] } }),
    '/States/T/Retry[0]/ErrorEquals[0]',
  ],
  [
    'States.ALL in company',
    machine({ T: { Retry: [{ ErrorEquals: ['States.ALL', 'E'] }] } }),
    '/States/T/Retry[0]/ErrorEquals',
  ],
  [
    'States.ALL not last',
    machine({ T: { Retry: [{ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['E'] }] } }),
    '/States/T/Retry[0]/ErrorEquals',
  ],
  [
    'IntervalSeconds of 0',
    machine({ T: { Retry: [{ ErrorEquals: ['E'], IntervalSeconds: 0 }] } }),
    '/States/T/Retry[0]/IntervalSeconds',
  ],
  [
    'MaxAttempts below 0',
    machine({ T: { Retry: [{ ErrorEquals: ['E'], MaxAttempts: -1 }] } }),
    '/States/T/Retry[0]/MaxAttempts',
  ],
  [
    'BackoffRate below 1',
    machine({ T: { Retry: [{ ErrorEquals: ['E'], BackoffRate: 0.5 }] } }),
    '/States/T/Retry[0]/BackoffRate',
  ],
  [
    'MaxDelaySeconds beyond its limit',
    machine({ T: { Retry: [{ ErrorEquals: ['E'], MaxDelaySeconds: 31_622_401 }] } }),
    '/States/T/Retry[0]/MaxDelaySeconds',
  ],
  [
    'an unknown jitter',
    machine({ T: { Retry: [{ ErrorEquals: ['E'], JitterStrategy: 'HALF' }] } }),
    '/States/T/Retry[0]/JitterStrategy',
  ],
  [
    'Retry by expression',
    machine({ T: { Retry: [{ ErrorEquals: ['E'], MaxAttempts: '{% 1 %}' }] } }),
    '/States/T/Retry[0]/MaxAttempts',
  ],
  [
    'a misspelt field of a Retrier',
    machine({ T: { Retry: [{ ErrorEquals: ['E'], MaxAttempt: 1 }] } }),
    '/States/T/Retry[0]/MaxAttempt',
  ],
  ['a Catcher without Next', machine({ T: { Catch: [{ ErrorEquals: ['E'] }] } }), '/States/T/Catch[0]'],
  [
    'a Catcher to nowhere',
    machine({ T: { Catch: [{ ErrorEquals: ['E'], Next: 'X' }] } }),
    '/States/T/Catch[0]/Next',
  ],
  [
    'ResultPath in a Catcher',
    machine({ T: { Catch: [{ ErrorEquals: ['E'], Next: 'F', ResultPath: '$' }] } }),
    '/States/T/Catch[0]/ResultPath',
  ],
  ['no Choices', machine({ C: { Choices: [] } }), '/States/C/Choices'],
  ['a rule without Condition', machine({ C: { Choices: [{ Next: 'M' }] } }), '/States/C/Choices[0]'],
  [
    'a rule in JSONPath',
    machine({ C: { Choices: [{ Variable: '$.x', Next: 'M' }] } }),
    '/States/C/Choices[0]/Variable',
  ],
  [
    'a Condition that is no expression',
    machine({ C: { Choices: [{ Condition: '$x = 1', Next: 'M' }] } }),
    '/States/C/Choices[0]/Condition',
  ],
  [
    'a rule to nowhere',
    machine({ C: { Choices: [{ Condition: true, Next: 'X' }] } }),
    '/States/C/Choices[0]/Next',
  ],
  ['Default to nowhere', machine({ C: { Default: 'X' } }), '/States/C/Default'],
  ['a Wait for nothing', machine({ W: { Seconds: undefined } }), '/States/W'],
  ['a Wait for both', machine({ W: { Timestamp: '2026-01-01T00:00:00Z' } }), '/States/W'],
  ['negative Seconds', machine({ W: { Seconds: -1 } }), '/States/W/Seconds'],
  [
    'a Timestamp without a time',
    machine({ W: { Seconds: undefined, Timestamp: '2026-01-01' } }),
    '/States/W/Timestamp',
  ],
  [
    'a Timestamp on no calendar',
    machine({ W: { Seconds: undefined, Timestamp: '2026-13-01T00:00:00Z' } }),
    '/States/W/Timestamp',
  ],
  ['no Branches', machine({ P: { Branches: [] } }), '/States/P/Branches'],
  ['a branch that is no object', machine({ P: { Branches: ['B'] } }), '/States/P/Branches[0]'],
  [
    'a branch without StartAt',
    machine({ P: { Branches: [{ States: { B: { Type: 'Succeed' } } }] } }),
    '/States/P/Branches[0]',
  ],
  ['no ItemProcessor', machine({ M: { ItemProcessor: undefined } }), '/States/M'],
  ['Iterator', machine({ M: { Iterator: {} } }), '/States/M/Iterator'],
  [
    'a distributed Map',
    machine({
      M: {
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
          StartAt: 'I',
          States: { I: { Type: 'Succeed' } },
        },
      },
    }),
    '/States/M/ItemProcessor/ProcessorConfig/Mode',
  ],
  ['ItemReader', machine({ M: { ItemReader: {} } }), '/States/M/ItemReader'],
  ['ToleratedFailureCount', machine({ M: { ToleratedFailureCount: 1 } }), '/States/M/ToleratedFailureCount'],
  [
    'QueryLanguage on a block',
    machine({
      M: { ItemProcessor: { QueryLanguage: 'JSONata', StartAt: 'I', States: { I: { Type: 'Succeed' } } } },
    }),
    '/States/M/ItemProcessor/QueryLanguage',
  ],
  ['Items as an object', machine({ M: { Items: { a: 1 } } }), '/States/M/Items'],
  ['negative MaxConcurrency', machine({ M: { MaxConcurrency: -1 } }), '/States/M/MaxConcurrency'],
  ['Assign that is no object', machine({ A: { Assign: 1 } }), '/States/A/Assign'],
  ["the variable name 'states'", machine({ A: { Assign: { states: 1 } } }), '/States/A/Assign/states'],
  [
    'the variable name __proto__',
    machine({ A: { Assign: JSON.parse('{"__proto__": 1}') } }),
    '/States/A/Assign/__proto__',
  ],
  [
    'the variable name hasOwnProperty',
    machine({ A: { Assign: { hasOwnProperty: 1 } } }),
    '/States/A/Assign/hasOwnProperty',
  ],
  ["a function's ARN that is none", machine({ T: { Resource: 'arn:aws:lambda:f' } }), '/States/T/Resource'],
  ['a variable name that begins with _', machine({ A: { Assign: { _x: 1 } } }), '/States/A/Assign/_x'],
  ['a part of a variable', machine({ A: { Assign: { 'x.y': 1 } } }), '/States/A/Assign/x.y'],
  [
    'a variable of an outer scope assigned inside',
    machine({ M: item({ Type: 'Pass', Assign: { t: 1 }, End: true }) }),
    '/States/M/ItemProcessor/States/I/Assign/t',
  ],
  ['an expression that does not parse', machine({ A: { Output: '{% a[1,2) %}' } }), '/States/A/Output'],
  ['an expression that is empty', machine({ A: { Output: '{%  %}' } }), '/States/A/Output'],
  ['an expression that is not closed', machine({ A: { Output: ['{% 1'] } }), '/States/A/Output[0]'],
  ['an expression that is not opened', machine({ A: { Output: { x: '1 %}' } } }), '/States/A/Output/x'],
  ['a bare field name', machine({ A: { Output: { v: '{% phone %}' } } }), '/States/A/Output/v'],
  [
    'a bare field name in a function',
    machine({ A: { Output: '{% $map($states.input.a, function($x) { b }) %}' } }),
    '/States/A/Output',
  ],
  ['the context $$', machine({ A: { Output: '{% $$.x %}' } }), '/States/A/Output'],
  ['the context $', machine({ A: { Output: '{% $.x %}' } }), '/States/A/Output'],
  ['$eval', machine({ A: { Output: '{% $eval("1") %}' } }), '/States/A/Output'],
  [
    '$states.result in a Choice',
    machine({ C: { Choices: [{ Condition: '{% $states.result %}', Next: 'M' }] } }),
    '/States/C/Choices[0]/Condition',
  ],
  [
    '$states.result in Arguments',
    machine({ T: { Arguments: { FunctionName: '{% $states.result %}' } } }),
    '/States/T/Arguments/FunctionName',
  ],
  [
    '$states.errorOutput in Output',
    machine({ T: { Output: '{% $states.errorOutput %}' } }),
    '/States/T/Output',
  ],
  [
    '$states.result in a Catcher',
    machine({ T: { Catch: [{ ErrorEquals: ['E'], Next: 'F', Output: '{% $states.result %}' }] } }),
    '/States/T/Catch[0]/Output',
  ],
  ['Error as a number', machine({ F: { Error: 1 } }), '/States/F/Error'],
];

describe('wrong definitions', () => {
  test.each(wrong)('%s', (_, definition, path) => {
    const problems = problemsOf(definition);
    expect(problems.map((problem) => problem.path)).toContain(path);
    for (const { message } of problems) expect(message.length).toBeGreaterThan(10);
  });

  test('are all different', () => {
    const texts = wrong.map(([, definition]) => JSON.stringify(definition));
    expect(new Set(texts).size).toBe(wrong.length);
    expect(wrong.length).toBeGreaterThanOrEqual(60);
  });

  test('fields that are missing are told of together', () => {
    expect(problemsOf({})[0]).toEqual({
      code: 'SCHEMA_VALIDATION_FAILED',
      message: 'These fields are required: [StartAt, States]',
      path: '/',
    });
  });

  test('each single mistake is told of alone, unless it leads to another', () => {
    const alone = problemsOf(machine({ A: { ResultPath: '$.x' } }));
    expect(alone).toEqual([
      {
        code: 'SCHEMA_VALIDATION_FAILED',
        message:
          "The QueryLanguage is set to 'JSONata', but field 'ResultPath' is only supported for the 'JSONPath' QueryLanguage",
        path: '/States/A/ResultPath',
      },
    ]);
  });
});
