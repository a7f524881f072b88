import { virtualClock } from '../../../local/states/clock/virtual-clock.ts';
import type { Json } from '../../../local/states/json.ts';
import { type Answer, fakeTask, lambda, machine, run, world } from './world.ts';

/** The JSONata examples of AWS's Developer Guide and of the Amazon States Language specification, with the results they state. */

const functions = 'arn:aws:lambda:*';

async function outputOf(states: Record<string, object>, input: Json = {}, script: readonly Answer[] = []) {
  const clock = virtualClock();
  const adapters = [fakeTask(clock, script), fakeTask(clock, script, functions)];
  return (await run(world({ clock, adapters }), machine(states), input)).output;
}

describe('Transforming data with JSONata (transforming-data)', () => {
  test('arguments with a literal, an input, a variable and a string that only looks like one', async () => {
    const states = {
      Assign: { Type: 'Pass', Assign: { customerName: 'María' }, Next: 'Greet' },
      Greet: {
        Type: 'Task',
        Resource: lambda,
        Arguments: {
          FunctionName: 'greet',
          static: 'Hello',
          title: '{% $states.input.title %}',
          name: '{% $customerName %}',
          'not-evaluated': '$customerName',
        },
        End: true,
      },
    };
    const clock = virtualClock();
    expect(
      (await run(world({ clock, adapters: [fakeTask(clock)] }), machine(states), { title: 'Doctor' })).output,
    ).toEqual({
      FunctionName: 'greet',
      static: 'Hello',
      title: 'Doctor',
      name: 'María',
      'not-evaluated': '$customerName',
    });
  });

  test('input and output', async () => {
    const states = {
      'Basic Input and Output': {
        QueryLanguage: 'JSONata',
        Type: 'Succeed',
        Output: {
          lastName: "{% 'Last=>' & $states.input.customer.lastName %}",
          orderValue: '{% $states.input.order.total %}',
        },
      },
    };
    const input = {
      customer: { firstName: 'Martha', lastName: 'Rivera' },
      order: { items: 7, total: 27.91 },
    };
    expect(await outputOf(states, input)).toEqual({ lastName: 'Last=>Rivera', orderValue: 27.91 });
  });

  test('filtering', async () => {
    const products = [
      { calories: 140, flavour: 'Cola', name: 'Product-1' },
      { calories: 0, flavour: 'Cola', name: 'Product-2' },
      { calories: 160, flavour: 'Orange', name: 'Product-3' },
      { calories: 100, flavour: 'Orange', name: 'Product-4' },
      { calories: 0, flavour: 'Lime', name: 'Product-5' },
    ];
    const states = {
      FilterDietProducts: {
        Type: 'Pass',
        Output: { dietProducts: '{% $states.input.products[calories=0] %}' },
        End: true,
      },
    };
    expect(await outputOf(states, { products })).toEqual({ dietProducts: [products[1], products[4]] });
  });

  test('Items may hold expressions among literals', async () => {
    const states = {
      Two: { Type: 'Pass', Assign: { two: 2 }, Next: 'Each' },
      Each: {
        Type: 'Map',
        Items: [1, '{% $two %}', 3],
        ItemProcessor: { StartAt: 'I', States: { I: { Type: 'Pass', End: true } } },
        End: true,
      },
    };
    expect(await outputOf(states)).toEqual([1, 2, 3]);
  });

  test('a price that is low enough', async () => {
    const states = {
      Price: { Type: 'Pass', Assign: { current_price: '{% $states.input.now %}' }, Next: 'Check Price' },
      'Check Price': {
        Type: 'Choice',
        Default: 'Pause',
        Choices: [
          { Condition: '{% $current_price <= $states.input.desired_price %}', Next: 'Send Notification' },
        ],
      },
      Pause: { Type: 'Succeed', Output: 'paused' },
      'Send Notification': { Type: 'Succeed', Output: 'sent' },
    };
    expect(await outputOf(states, { now: 9, desired_price: 10 })).toBe('sent');
    expect(await outputOf(states, { now: 11, desired_price: 10 })).toBe('paused');
  });

  test('the functions that Step Functions adds', async () => {
    const states = {
      Assign: {
        Type: 'Pass',
        Assign: {
          hashAlgorithmName: 'SHA-1',
          arrayPartition: '{% $partition([1,2,3,4], $states.input.chunkSize) %}',
          arrayRange: '{% $range(0, 10, 2) %}',
          randNoSeed: '{% $random() %}',
          randSeeded: '{% $random($states.input.seed) %}',
          uniqueId: '{% $uuid() %}',
          deserializedPayload: '{% $parse($states.input.json_string) %}',
        },
        Next: 'Show',
      },
      Show: {
        Type: 'Pass',
        Output: {
          partition: '{% $arrayPartition %}',
          range: '{% $arrayRange %}',
          hash: '{% $hash($states.input.content, $hashAlgorithmName) %}',
          drawn: '{% $randNoSeed >= 0 and $randNoSeed < 1 and $randSeeded = $random($states.input.seed) %}',
          id: '{% $match($uniqueId, /^[0-9a-f-]{36}$/).match = $uniqueId %}',
          payload: '{% $deserializedPayload %}',
        },
        End: true,
      },
    };
    const input = { chunkSize: 2, seed: 100, content: 'input data', json_string: '{"foo":"bar"}' };
    expect(await outputOf(states, input)).toEqual({
      partition: [
        [1, 2],
        [3, 4],
      ],
      range: [0, 2, 4, 6, 8, 10],
      hash: 'aaff4a450a104cd177d28d18d74485e8cae074b7',
      drawn: true,
      id: true,
      payload: { foo: 'bar' },
    });
  });
});

describe('Passing data between states with variables (workflow-variables)', () => {
  test('all expressions of an Assign are evaluated first', async () => {
    const states = {
      Start: { Type: 'Pass', Assign: { x: 3, a: 6 }, Next: 'Swap' },
      Swap: { Type: 'Pass', Assign: { x: '{% $a %}', nextX: '{% $x %}' }, Next: 'Show' },
      Show: { Type: 'Succeed', Output: { x: '{% $x %}', nextX: '{% $nextX %}' } },
    };
    expect(await outputOf(states)).toEqual({ x: 6, nextX: 3 });
  });

  test('a variable from the input, one from the result', async () => {
    const states = {
      T: {
        Type: 'Task',
        Resource: lambda,
        Arguments: { FunctionName: 'price' },
        Assign: {
          product: '{% $states.input.order.product %}',
          currentPrice: '{% $states.result.Payload.current_price %}',
        },
        Next: 'Show',
      },
      Show: { Type: 'Succeed', Output: '{% [$product, $currentPrice] %}' },
    };
    const script = [{ output: { Payload: { current_price: 12 } } }];
    expect(await outputOf(states, { order: { product: 'p' } }, script)).toEqual(['p', 12]);
  });
});

describe('The Context object (input-output-contextobject)', () => {
  test('index, value and source of the items of a Map', async () => {
    const states = {
      ExampleMapState: {
        Type: 'Map',
        ItemSelector: {
          ContextIndex: '{% $states.context.Map.Item.Index %}',
          ContextValue: '{% $states.context.Map.Item.Value %}',
          ContextSource: '{% $states.context.Map.Item.Source %}',
        },
        ItemProcessor: {
          ProcessorConfig: { Mode: 'INLINE' },
          StartAt: 'TestPass',
          States: { TestPass: { Type: 'Pass', End: true } },
        },
        End: true,
      },
    };
    expect(await outputOf(states, [{ who: 'bob' }, { who: 'meg' }, { who: 'joe' }])).toEqual([
      { ContextIndex: 0, ContextValue: { who: 'bob' }, ContextSource: 'STATE_DATA' },
      { ContextIndex: 1, ContextValue: { who: 'meg' }, ContextSource: 'STATE_DATA' },
      { ContextIndex: 2, ContextValue: { who: 'joe' }, ContextSource: 'STATE_DATA' },
    ]);
  });
});

describe('Amazon States Language', () => {
  test('variables in the next state', async () => {
    const states = {
      FirstState: {
        Type: 'Pass',
        Assign: { make: 'Infiniti', model: 'G35', year: 2006 },
        Next: 'SecondState',
      },
      SecondState: { Type: 'Pass', Output: "{% $year & ' ' & $make & ' ' & $model %}", End: true },
    };
    expect(await outputOf(states)).toBe('2006 Infiniti G35');
  });

  test('an Assign that references what it assigns', async () => {
    const states = {
      Five: { Type: 'Pass', Assign: { x: 5 }, Next: 'Assigning' },
      Assigning: { Type: 'Pass', Assign: { x: 42, newOrOld: '{% $x %}' }, Next: 'Referencing' },
      Referencing: { Type: 'Succeed', Output: '{% [$x, $newOrOld] %}' },
    };
    expect(await outputOf(states)).toEqual([42, 5]);
  });

  test('inner and outer scope', async () => {
    const inner: Json[] = [];
    const clock = virtualClock();
    const spy = fakeTask(clock, [
      (args) => {
        inner.push(args);
        return args;
      },
    ]);
    const states = {
      'Get Greeting': { Type: 'Pass', Assign: { outer: 'hello' }, Next: 'Greet Everyone' },
      'Greet Everyone': {
        Type: 'Map',
        ItemProcessor: {
          StartAt: 'Begin',
          States: {
            Begin: { Type: 'Pass', Assign: { inner: 'world', hi: '{% $outer %}' }, Next: 'End' },
            End: { Type: 'Task', Resource: lambda, Arguments: '{% $hi %}', Next: 'Out' },
            Out: { Type: 'Succeed', Output: '{% $hi %}' },
          },
        },
        Assign: { outer: 2 },
        Next: 'Goodbye',
      },
      Goodbye: { Type: 'Succeed', Output: { greetings: '{% $states.input %}', outer: '{% $outer %}' } },
    };
    const seen = await run(world({ clock, adapters: [spy] }), machine(states), [{}]);
    expect(inner).toEqual(['hello']);
    expect(seen.output).toEqual({ greetings: ['hello'], outer: 2 });
  });

  test('functions inside an expression', async () => {
    const product = '{% ($product := function($x, $y) {$x * $y}; $reduce([1..5], $product)) %}';
    expect(await outputOf({ A: { Type: 'Succeed', Output: product } })).toBe(120);
  });

  test('arguments from variables, and an output by one expression', async () => {
    const clock = virtualClock();
    const task = fakeTask(clock, [], functions);
    const states = {
      GetSampleData: {
        Type: 'Pass',
        Assign: {
          student: { name: 'Scotland', course: [{ grade: 34 }, { grade: 99 }, { grade: 76 }, { grade: 96 }] },
          class: { teacher: 'Bert' },
          two: 'the number 2',
        },
        Next: 'A Task',
      },
      'A Task': {
        Type: 'Task',
        Resource: 'arn:aws:lambda:us-east-1:123456789012:function:DoTheTask',
        Arguments: {
          student: '{% $student.name %}',
          classInfo: { teacher: '{% $class.teacher %}' },
          values: [1, '{% $two %}', 'three'],
        },
        Output: "{% { 'avg': $average($student.course.grade), 'num': $count($student.course) }  %}",
        End: true,
      },
    };
    const seen = await run(world({ clock, adapters: [task] }), machine(states));
    expect(task.asked[0]?.args).toEqual({
      student: 'Scotland',
      classInfo: { teacher: 'Bert' },
      values: [1, 'the number 2', 'three'],
    });
    expect(seen.output).toEqual({ avg: 76.25, num: 4 });
  });

  test('a function for each parcel that was shipped', async () => {
    const clock = virtualClock();
    const task = fakeTask(clock, [], functions);
    const shipped = [
      { prod: 'R31', 'dest-code': 9511, quantity: 1344 },
      { prod: 'S39', 'dest-code': 9511, quantity: 40 },
    ];
    const map = (more: object) => ({
      'Validate-All': {
        Type: 'Map',
        QueryLanguage: 'JSONata',
        Items: '{% $states.input.detail.shipped %}',
        MaxConcurrency: 0,
        ItemProcessor: {
          StartAt: 'Validate',
          States: {
            Validate: {
              Type: 'Task',
              Resource: 'arn:aws:lambda:us-east-1:123456789012:function:ship-val',
              End: true,
            },
          },
        },
        Assign: { shipped: '{% $states.result %}' },
        Output: { numItemsProcessed: '{% $count($states.input.detail.shipped) %}' },
        End: true,
        ...more,
      },
    });
    const input = { 'ship-date': '2016-03-14T01:59:00Z', detail: { 'delivery-partner': 'UQS', shipped } };
    const within = world({ clock, adapters: [task] });
    expect((await run(within, machine(map({})), input)).output).toEqual({ numItemsProcessed: 2 });
    expect(task.asked.map(({ args }) => args)).toEqual(shipped);
    const selector = {
      parcel: '{% $states.context.Map.Item.Value %}',
      courier: '{% $states.input.detail.`delivery-partner` %}',
    };
    await run(within, machine(map({ ItemSelector: selector })), input);
    expect(task.asked[2]?.args).toEqual({ parcel: shipped[0], courier: 'UQS' });
  });
});
