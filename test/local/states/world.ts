import {
  type PollResult,
  type TaskAdapter,
  type TaskCall,
  TaskFailure,
} from '../../../local/states/adapters/adapter.ts';
import { type VirtualClock, virtualClock } from '../../../local/states/clock/virtual-clock.ts';
import { validateDefinition } from '../../../local/states/definition/validate-definition.ts';
import type { HistoryEvent } from '../../../local/states/history/history-event.ts';
import type { Json } from '../../../local/states/json.ts';
import { createEngine, type Engine } from '../../../local/states/run/engine.ts';
import { memoryStore } from '../../../local/states/store/memory-store.ts';
import { newExecution } from '../../../local/states/store/new-execution.ts';
import type { ExecutionRecord } from '../../../local/states/store/records.ts';
import type { Store } from '../../../local/states/store/store.ts';

export const lambda = 'arn:aws:states:::lambda:invoke';
export const glue = 'arn:aws:states:::glue:startJobRun.sync';

/** How a fake task answers one call. The last one of a script answers all further calls. */
export type Answer =
  | { readonly output: Json; readonly afterMs?: number }
  | { readonly error: string; readonly cause?: string; readonly afterMs?: number }
  | { readonly defect: string }
  /** Not before the call is given up; the virtual clock stands still meanwhile. */
  | { readonly never: true }
  | ((args: Json) => Json);

/** What a fake task was asked. */
interface Asked {
  readonly args: Json;
  readonly call: TaskCall;
}

export interface FakeTask extends TaskAdapter {
  readonly asked: Asked[];
}

/** A request-response task that answers by its script; without one it answers its arguments. */
export function fakeTask(clock: VirtualClock, script: readonly Answer[] = [], resource = lambda): FakeTask {
  const asked: Asked[] = [];
  return {
    resource,
    asked,
    async submit(args, call) {
      const answer = script[Math.min(asked.length, script.length - 1)];
      asked.push({ args, call });
      if (answer === undefined) return { output: args };
      if (typeof answer === 'function') return { output: answer(args) };
      if ('afterMs' in answer && answer.afterMs !== undefined)
        await clock.sleepInTask(answer.afterMs, call.signal);
      if ('never' in answer) return forever(call.signal);
      if ('defect' in answer) throw new Error(answer.defect);
      if ('error' in answer) throw new TaskFailure(answer.error, answer.cause);
      return { output: answer.output };
    },
  };
}

function forever(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
}

export interface FakeJob extends TaskAdapter {
  readonly asked: Asked[];
  readonly polled: Json[];
  poll(handle: Json): Promise<PollResult>;
  readonly stopped: Json[];
}

/** A `.sync` job that stays pending for the polls before its end. */
export function fakeJob(end: PollResult, pendingPolls = 0, resource = glue): FakeJob {
  const job = {
    resource,
    asked: [] as Asked[],
    polled: [] as Json[],
    stopped: [] as Json[],
    async submit(args: Json, call: TaskCall) {
      job.asked.push({ args, call });
      const id = `run-${job.asked.length}`;
      return { output: { JobRunId: id }, handle: id };
    },
    async poll(handle: Json): Promise<PollResult> {
      job.polled.push(handle);
      return job.polled.length <= pendingPolls ? { status: 'pending' } : end;
    },
    async stop(handle: Json) {
      job.stopped.push(handle);
    },
  };
  return job;
}

export interface World {
  readonly clock: VirtualClock;
  readonly store: Store;
  readonly engine: Engine;
  readonly adapters: readonly TaskAdapter[];
}

/** An engine under the virtual clock, with chance that repeats itself in every run. */
export function world(
  options: {
    clock?: VirtualClock;
    adapters?: readonly TaskAdapter[];
    store?: Store;
    broken?: (error: unknown) => void;
  } = {},
): World {
  const clock = options.clock ?? virtualClock();
  const adapters = options.adapters ?? [fakeTask(clock), fakeJob({ status: 'succeeded', output: {} })];
  const store = options.store ?? memoryStore();
  let drawn = 0;
  const engine = createEngine({
    clock,
    store,
    adapters,
    region: 'us-east-1',
    random: () => (++drawn % 10) / 10,
    uuid: () => `00000000-0000-4000-8000-${String(++drawn).padStart(12, '0')}`,
    ...(options.broken ? { broken: options.broken } : {}),
  });
  return { clock, store, engine, adapters };
}

/** What is known of an execution. */
export interface Seen {
  readonly arn: string;
  readonly record: ExecutionRecord;
  readonly events: HistoryEvent[];
  /** Parsed; undefined where there is none. */
  readonly output: Json | undefined;
}

/** States of a machine, in JSONata mode, starting at the first. */
export function machine(states: Record<string, object>, more: object = {}): string {
  return JSON.stringify({
    QueryLanguage: 'JSONata',
    StartAt: Object.keys(states)[0],
    States: states,
    ...more,
  });
}

let executions = 0;

/** Starts an execution of a definition that must be valid, and does not wait for it. */
export function start(
  { engine, clock, adapters, store }: World,
  definition: string,
  input: Json = {},
  name?: string,
): string {
  const problems = validateDefinition(definition, adapters);
  if (problems.length > 0) throw new Error(`the definition is refused: ${JSON.stringify(problems)}`);
  const executionName = name ?? `e${++executions}`;
  const arn = `arn:aws:states:us-east-1:123456789012:execution:m:${executionName}`;
  engine.start(
    newExecution({
      arn,
      name: executionName,
      stateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:m',
      stateMachineName: 'm',
      definition,
      definedMs: clock.now(),
      roleArn: 'arn:aws:iam::123456789012:role/r',
      input: JSON.stringify(input),
      startMs: clock.now(),
      sequence: store.lastSequence() + 1,
    }),
  );
  return arn;
}

/** Runs an execution to its end. */
export async function run(within: World, definition: string, input?: Json, name?: string): Promise<Seen> {
  const arn = start(within, definition, input, name);
  await within.engine.finished(arn);
  return see(within, arn);
}

/** Redrives an execution and runs it to its end. */
export async function redrive(within: World, arn: string): Promise<Seen> {
  within.engine.redrive(see(within, arn).record);
  await within.engine.finished(arn);
  return see(within, arn);
}

export function see({ engine, store }: World, arn: string): Seen {
  engine.flush();
  const record = store.execution(arn);
  if (!record) throw new Error(`no execution ${arn}`);
  return {
    arn,
    record,
    events: store.events(arn, 1, 25_000),
    output: record.output === undefined ? undefined : JSON.parse(record.output),
  };
}

/** One line an event: its id, the one it points to, its type and, where it has one, its name or index. */
export function lines(events: readonly HistoryEvent[]): string[] {
  return events.map(({ id, previousEventId, type, details }) => {
    const name = details?.['index'] ?? details?.['name'];
    return `${id} <- ${previousEventId} ${type}${name === undefined ? '' : ` ${name}`}`;
  });
}

export function detailsOf(seen: Seen, type: string): HistoryEvent['details'][] {
  return seen.events.filter((event) => event.type === type).map(({ details }) => details);
}
