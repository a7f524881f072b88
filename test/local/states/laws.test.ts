import fc from 'fast-check';
import { type TaskAdapter, TaskFailure } from '../../../local/states/adapters/adapter.ts';
import { virtualClock } from '../../../local/states/clock/virtual-clock.ts';
import { validateDefinition } from '../../../local/states/definition/validate-definition.ts';
import type { HistoryEvent } from '../../../local/states/history/history-event.ts';
import { memoryStore } from '../../../local/states/store/memory-store.ts';
import type { ExecutionChange } from '../../../local/states/store/records.ts';
import type { Store } from '../../../local/states/store/store.ts';
import { lambda, lines, machine, redrive, run, type Seen, see, start, type World, world } from './world.ts';

/** A state of a random machine, without its way on. */
type Plan =
  | { readonly kind: 'pass' | 'task' | 'choice' | 'wait' }
  | { readonly kind: 'map'; readonly items: number; readonly concurrency: number; readonly inner: Plan[] }
  | { readonly kind: 'parallel'; readonly branches: Plan[][] };

const plans: fc.Arbitrary<Plan[]> = fc.letrec<{ block: Plan[]; plan: Plan }>((tie) => ({
  block: fc.array(tie('plan'), { minLength: 1, maxLength: 3 }),
  plan: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({ kind: fc.constantFrom('pass', 'task', 'choice', 'wait') }) as fc.Arbitrary<Plan>,
    fc.record({
      kind: fc.constant('map' as const),
      items: fc.integer({ min: 0, max: 3 }),
      concurrency: fc.integer({ min: 0, max: 3 }),
      inner: tie('block'),
    }),
    fc.record({
      kind: fc.constant('parallel' as const),
      branches: fc.array(tie('block'), { minLength: 1, maxLength: 3 }),
    }),
  ),
})).block;

/** The block's states; names count on over the whole machine. */
function block(plan: readonly Plan[], next: { state: number }): { StartAt: string; States: object } {
  const names = plan.map(() => `S${++next.state}`);
  const states: Record<string, object> = {};
  for (const [index, one] of plan.entries()) {
    const after = names[index + 1];
    const way = after === undefined ? { End: true } : { Next: after };
    states[names[index] ?? ''] = state(one, way, next);
  }
  return { StartAt: names[0] ?? '', States: states };
}

function state(plan: Plan, way: object, next: { state: number }): object {
  switch (plan.kind) {
    case 'pass':
      return { Type: 'Pass', Output: '{% {"n": $states.input.n + 1} %}', ...way };
    case 'task':
      return {
        Type: 'Task',
        Resource: lambda,
        Arguments: { FunctionName: 'f', Payload: { n: '{% $states.input.n %}' } },
        Output: '{% $states.result.Payload %}',
        ...way,
      };
    case 'wait':
      return { Type: 'Wait', Seconds: '{% $states.input.n %}', ...way };
    case 'choice':
      return { Type: 'Pass', Output: '{% $states.input.n > 3 ? {"n": 0} : $states.input %}', ...way };
    case 'map':
      return {
        Type: 'Map',
        Items: `{% [1..${plan.items}] %}`,
        ItemSelector: { n: '{% $states.context.Map.Item.Value %}' },
        MaxConcurrency: plan.concurrency,
        ItemProcessor: block(plan.inner, next),
        Output: '{% {"n": $count($states.result)} %}',
        ...way,
      };
    case 'parallel':
      return {
        Type: 'Parallel',
        Branches: plan.branches.map((branch) => block(branch, next)),
        Output: '{% {"n": $sum($states.result.n)} %}',
        ...way,
      };
  }
}

function definition(plan: readonly Plan[]): string {
  return JSON.stringify({ QueryLanguage: 'JSONata', ...block(plan, { state: 0 }) });
}

/** The path of every value in a definition. */
function placesOf(value: unknown, path: readonly string[]): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => [[...path, key], ...placesOf(item, [...path, key])]);
}

/** A task whose calls fail where `failing` says so, by their number. */
function flakyTask(failing: readonly boolean[]): TaskAdapter {
  let calls = 0;
  return {
    resource: lambda,
    async submit(args) {
      if (failing[calls++] === true) throw new TaskFailure('Flaky', 'once');
      return { output: args };
    },
  };
}

/** A branch has its task's answer, and is about to go on, when another one's failure aborts it. */
const abortedWhileItGoesOn: Plan[] = [
  {
    kind: 'parallel',
    branches: [
      [
        {
          kind: 'map',
          items: 1,
          concurrency: 0,
          inner: [
            {
              kind: 'parallel',
              branches: [
                [{ kind: 'task' }, { kind: 'parallel', branches: [[{ kind: 'task' }], [{ kind: 'pass' }]] }],
                [{ kind: 'task' }],
              ],
            },
          ],
        },
      ],
      [{ kind: 'task' }, { kind: 'map', items: 0, concurrency: 0, inner: [{ kind: 'pass' }] }],
      [{ kind: 'pass' }],
    ],
  },
];

/** Runs a plan over such a task, and redrives it until it succeeds. */
async function runOver(plan: readonly Plan[], failing: readonly boolean[]): Promise<{ seen: Seen }> {
  const clock = virtualClock();
  const within = world({ clock, adapters: [flakyTask(failing)] });
  let seen = await run(within, definition(plan), { n: 1 }, 'law');
  for (let redrives = 0; seen.record.status === 'FAILED' && redrives <= failing.length; redrives++)
    seen = await redrive(within, seen.arn);
  return { seen };
}

/** Runs an execution and saves after each of its steps, however small: a process may die anywhere. */
async function runSavingAlways(within: World, text: string): Promise<void> {
  const arn = start(within, text, { n: 1 }, 'law');
  let isOver = false;
  const over = within.engine.finished(arn).then(() => {
    isOver = true;
  });
  while (!isOver) {
    for (let turns = 0; turns < 100; turns++) {
      within.engine.flush();
      await Promise.resolve();
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  await over;
}

/** Every answer of a Task points to its start, and no start has two answers. */
function expectOneAnswerEach(events: readonly HistoryEvent[]): void {
  const types = new Map(events.map(({ id, type }) => [id, type]));
  const answered = events.filter(({ type }) => type === 'TaskSucceeded' || type === 'TaskFailed');
  expect(answered.filter(({ previousEventId }) => types.get(previousEventId) !== 'TaskStarted')).toEqual([]);
  expect(new Set(answered.map(({ previousEventId }) => previousEventId)).size).toBe(answered.length);
}

/**
 * A state whose failures are part of the plan, one after the other: it fails so many times, has so many retries,
 * and perhaps its Catcher fails too.
 */
interface FailingPlan {
  readonly work: 'task' | 'arguments' | 'output' | 'map' | 'parallel';
  readonly fails: number;
  readonly retries: number;
  readonly catcher: 'none' | 'passes' | 'fails';
  readonly inner: readonly FailingPlan[];
}

function failingPlans(depth: number): fc.Arbitrary<FailingPlan[]> {
  const work = fc.constantFrom<FailingPlan['work'][]>('task', 'arguments', 'output');
  return fc.array(
    fc.record({
      work: depth > 0 ? fc.oneof(work, fc.constantFrom<FailingPlan['work'][]>('map', 'parallel')) : work,
      fails: fc.integer({ min: 0, max: 2 }),
      retries: fc.integer({ min: 0, max: 2 }),
      catcher: fc.constantFrom<FailingPlan['catcher'][]>('none', 'passes', 'fails'),
      inner: depth > 0 ? failingPlans(depth - 1) : fc.constant([]),
    }),
    { minLength: 1, maxLength: 2 },
  );
}

function failingBlock(
  plans: readonly FailingPlan[],
  next: { state: number },
): { StartAt: string; States: object } {
  const names = plans.map(() => `S${++next.state}`);
  const states: Record<string, object> = {};
  for (const [index, plan] of plans.entries()) {
    const name = names[index] ?? '';
    const after = names[index + 1];
    states[name] = {
      ...failingWork(plan, next),
      Retry: [{ ErrorEquals: ['States.ALL'], MaxAttempts: plan.retries }],
      ...(plan.catcher === 'none'
        ? {}
        : {
            Catch: [
              {
                ErrorEquals: ['States.ALL'],
                Output: plan.catcher === 'fails' ? "{% $error('again') %}" : 'caught',
                Next: `${name}N`,
              },
            ],
          }),
      Next: `${name}N`,
    };
    states[`${name}N`] = { Type: 'Pass', ...(after === undefined ? { End: true } : { Next: after }) };
  }
  return { StartAt: names[0] ?? '', States: states };
}

/** How often a Task has failed is its RetryCount, so that it fails the same way whoever asks. */
function failingWork({ work, fails, inner }: FailingPlan, next: { state: number }): object {
  const failWhile = `$states.context.State.RetryCount < ${fails} ? $error('not yet') : 'done'`;
  const task = { Type: 'Task', Resource: lambda };
  switch (work) {
    case 'task':
      return { ...task, Arguments: { tries: '{% $states.context.State.RetryCount %}', fails } };
    case 'arguments':
      return { ...task, Arguments: { work: `{% ${failWhile} %}` } };
    case 'output':
      return { ...task, Arguments: {}, Output: `{% ${failWhile} %}` };
    case 'map':
      return { Type: 'Map', Items: [1, 2], MaxConcurrency: 1, ItemProcessor: failingBlock(inner, next) };
    case 'parallel':
      return { Type: 'Parallel', Branches: [failingBlock(inner, next)] };
  }
}

const failsByItsTries: TaskAdapter = {
  resource: lambda,
  async submit(args) {
    const { tries = 0, fails = 0 } = args as { tries?: number; fails?: number };
    if (tries < fails) throw new TaskFailure('Early', 'not yet');
    return { output: 'done' };
  },
};

/** A store in memory that also notes every save, as it was at that time. */
function recordingStore(saves: ExecutionChange[][]): Store {
  const store = memoryStore();
  return {
    ...store,
    save(changes) {
      saves.push(structuredClone([...changes]));
      store.save(changes);
    },
  };
}

// Random plans differ in size: on a busy machine some take their time.
jest.setTimeout(120_000);

describe('laws of an execution', () => {
  test('one that fails and is redriven ends as one that never failed', async () => {
    await fc.assert(
      fc.asyncProperty(plans, fc.array(fc.boolean(), { maxLength: 6 }), async (plan, failing) => {
        const straight = await runOver(plan, []);
        const redriven = await runOver(plan, failing);
        expect(redriven.seen.record.status).toBe('SUCCEEDED');
        expect(redriven.seen.record.output).toBe(straight.seen.record.output);
      }),
      { numRuns: 40 },
    );
  });

  test('a redrive enters no state again, and repeats no task whose state was exited', async () => {
    await fc.assert(
      fc.asyncProperty(plans, fc.array(fc.boolean(), { maxLength: 6 }), async (plan, failing) => {
        const count = (seen: Seen, type: string) => seen.events.filter((event) => event.type === type).length;
        const straight = (await runOver(plan, [])).seen;
        const redriven = (await runOver(plan, failing)).seen;
        for (const type of ['TaskStateEntered', 'TaskStateExited', 'MapStateEntered', 'ParallelStateEntered'])
          expect([type, count(redriven, type)]).toEqual([type, count(straight, type)]);
      }),
      { numRuns: 40, examples: [[abortedWhileItGoesOn, [false, false, true]]] },
    );
  });

  test('ids rise by one from 1, and every event points to an earlier one or to none', async () => {
    await fc.assert(
      fc.asyncProperty(plans, fc.array(fc.boolean(), { maxLength: 6 }), async (plan, failing) => {
        const { events } = (await runOver(plan, failing)).seen;
        expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => index + 1));
        for (const { id, previousEventId } of events) {
          expect(previousEventId).toBeLessThan(id);
          expect(previousEventId).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('the same inputs give the same history, times included', async () => {
    await fc.assert(
      fc.asyncProperty(plans, fc.array(fc.boolean(), { maxLength: 6 }), async (plan, failing) => {
        const [first, second] = [await runOver(plan, failing), await runOver(plan, failing)];
        expect(second.seen.events).toEqual(first.seen.events);
      }),
      { numRuns: 40 },
    );
  });

  test('one whose process dies, wherever that is, ends as one that never died', async () => {
    await fc.assert(
      fc.asyncProperty(plans, fc.array(fc.boolean(), { maxLength: 6 }), async (plan, failing) => {
        const straight = (await runOver(plan, [])).seen;
        const saves: ExecutionChange[][] = [];
        const clock = virtualClock();
        const before = world({ clock, adapters: [flakyTask(failing)], store: recordingStore(saves) });
        await runSavingAlways(before, definition(plan));
        for (let kept = 1; kept <= saves.length; kept += 1 + Math.floor(saves.length / 25)) {
          const left = memoryStore();
          for (const changes of saves.slice(0, kept)) left.save(structuredClone(changes));
          const after = world({ clock, adapters: [flakyTask(failing)], store: left });
          after.engine.resume();
          await after.engine.finished(straight.arn);
          let seen = see(after, straight.arn);
          for (let redrives = 0; seen.record.status === 'FAILED' && redrives <= failing.length; redrives++)
            seen = await redrive(after, seen.arn);
          expect(seen.output).toEqual(straight.output);
          expect(seen.events.map(({ id }) => id)).toEqual(seen.events.map((_, index) => index + 1));
          expectOneAnswerEach(seen.events);
        }
      }),
      { numRuns: 15 },
    );
  });

  test('one that fails, retries and catches writes the same history wherever its process dies', async () => {
    await fc.assert(
      fc.asyncProperty(failingPlans(1), async (plan) => {
        const text = JSON.stringify({ QueryLanguage: 'JSONata', ...failingBlock(plan, { state: 0 }) });
        const adapters = [failsByItsTries];
        const straight = await run(world({ adapters }), text, { n: 1 }, 'law');
        const saves: ExecutionChange[][] = [];
        await runSavingAlways(world({ adapters, store: recordingStore(saves) }), text);
        for (let kept = 1; kept <= saves.length; kept++) {
          const store = memoryStore();
          for (const changes of saves.slice(0, kept)) store.save(structuredClone(changes));
          const after = world({ adapters, store });
          after.engine.resume();
          await after.engine.finished(straight.arn);
          const seen = see(after, straight.arn);
          expect(lines(seen.events)).toEqual(lines(straight.events));
          expect(seen.record.error).toBe(straight.record.error);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('every state that is exited was entered, and each scope leaves what it entered', async () => {
    await fc.assert(
      fc.asyncProperty(plans, async (plan) => {
        const { events } = (await runOver(plan, [])).seen;
        const entered = events.filter(({ type }) => type.endsWith('StateEntered')).length;
        const exited = events.filter(({ type }) => type.endsWith('StateExited')).length;
        expect(exited).toBe(entered);
      }),
      { numRuns: 40 },
    );
  });

  test('a definition of which anything is changed is refused with a place, or runs without a defect', async () => {
    const text = definition([
      { kind: 'task' },
      { kind: 'map', items: 2, concurrency: 1, inner: [{ kind: 'pass' }] },
      { kind: 'parallel', branches: [[{ kind: 'wait' }], [{ kind: 'choice' }]] },
    ]);
    const places = placesOf(JSON.parse(text), []);
    const other = fc.oneof(
      fc.jsonValue({ maxDepth: 1 }),
      fc.constantFrom(
        '{% $states.input %}',
        '{% $x %}',
        '{% [1] %}',
        '{%',
        'S1',
        'S2',
        'Task',
        'Map',
        {},
        [],
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...places), other, async (place, value) => {
        const changed = JSON.parse(text);
        let inner = changed;
        for (const key of place.slice(0, -1)) inner = inner[key];
        inner[place.at(-1) ?? ''] = value;
        const adapters = [flakyTask([])];
        const problems = validateDefinition(JSON.stringify(changed), adapters);
        expect(problems.filter(({ path }) => !path?.startsWith('/'))).toEqual([]);
        if (problems.length > 0) return;
        const { record } = await run(world({ adapters }), JSON.stringify(changed), { n: 1 });
        expect(record.cause ?? '').not.toMatch(/could not be run|adapter failed|damaged|not validated/);
      }),
      { numRuns: 250 },
    );
  });

  test('a machine of nothing but passes counts them', async () => {
    const seen = await run(
      world(),
      machine({
        A: { Type: 'Pass', Output: '{% {"n": $states.input.n + 1} %}', Next: 'B' },
        B: { Type: 'Pass', Output: '{% {"n": $states.input.n + 1} %}', End: true },
      }),
      { n: 1 },
    );
    expect(seen.output).toEqual({ n: 3 });
  });
});
