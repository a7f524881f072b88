import { type PollResult, type TaskAdapter, type TaskCall, TaskFailure } from '../adapters/adapter.ts';
import { findAdapter } from '../adapters/find-adapter.ts';
import type { TaskState } from '../definition/definition.ts';
import { copyJson, type Json } from '../json.ts';
import { limits } from '../limits.ts';
import { dataDetails, failureDetails } from './execution-run.ts';
import { type Failure, StateFailed, Stopped, stopped } from './failure.ts';
import type { PollingStep, SubmittingStep } from './frame.ts';
import {
  causeAt,
  type Exit,
  evaluate,
  outputAndAssign,
  payloadText,
  queryFailed,
  type Visit,
} from './state-visit.ts';
import { type TaskEvents, taskEvents } from './task-events.ts';

interface TaskVisit extends Visit<TaskState> {
  readonly events: TaskEvents;
}

/** Schedules the work, awaits its answer or its end, and then Output and Assign. */
export async function runTask(given: Visit<TaskState>): Promise<Exit> {
  const { run, state, at } = given;
  const visit = { ...given, events: taskEvents(state.Resource, run.world.region) };
  const adapter = findAdapter(run.world.adapters, state.Resource);
  if (!adapter)
    throw new StateFailed({
      error: 'States.Runtime',
      cause: causeAt(at, `No adapter for the Resource ${state.Resource} is at hand.`),
    });
  if (at.step.kind === 'entered') await schedule(visit, adapter);
  if (at.step.kind === 'submitting') await submit(visit, at.step, adapter);
  if (at.step.kind === 'polling') await pollToEnd(visit, at.step, adapter);
  if (at.step.kind !== 'done') throw new Error(`expected the Task's result, found the step ${at.step.kind}`);
  const { result } = at.step;
  return { next: state.Next, ...(await outputAndAssign(visit, state, result, { result })) };
}

async function schedule(visit: TaskVisit, adapter: TaskAdapter): Promise<void> {
  const { run, frame, at, state, events } = visit;
  const args = state.Arguments === undefined ? at.input : await evaluate(visit, state.Arguments, 'Arguments');
  const timeoutSeconds = await seconds(visit, 'TimeoutSeconds');
  const heartbeatSeconds = await seconds(visit, 'HeartbeatSeconds');
  const argsText = payloadText(
    args,
    causeAt(
      at,
      `The state/task '${events.subject}' has arguments with a size exceeding the maximum number of bytes service limit.`,
    ),
  );
  const problems = adapter.validateArguments?.(args) ?? [];
  if (problems.length > 0)
    throw new StateFailed({
      error: 'States.Runtime',
      cause: causeAt(
        at,
        `The Arguments '${argsText}' could not be used to start the Task: [${problems.map(({ path, message }) => `${message} at ${path || '/'}`).join(', ')}]`,
      ),
    });
  const scheduledId = run.appendTo(
    frame,
    events.type('Scheduled'),
    events.scheduled(argsText, { timeoutSeconds, heartbeatSeconds }),
  );
  run.appendTo(frame, events.type('Started'), events.common);
  // No Resource that runs here sends heartbeats, so the shorter of the two strikes.
  const strikes = Math.min(
    timeoutSeconds ?? limits.timeoutSeconds,
    heartbeatSeconds ?? limits.timeoutSeconds,
  );
  const bounded = timeoutSeconds !== undefined || heartbeatSeconds !== undefined;
  at.step = {
    kind: 'submitting',
    args,
    scheduledId,
    ...(bounded ? { deadlineMs: run.world.clock.now() + strikes * 1_000 } : {}),
    ...(strikes === heartbeatSeconds ? { deadlineIsHeartbeat: true } : {}),
  };
}

async function seconds(
  visit: TaskVisit,
  field: 'TimeoutSeconds' | 'HeartbeatSeconds',
): Promise<number | undefined> {
  const template = visit.state[field];
  if (template === undefined) return undefined;
  const value = Number(await evaluate(visit, template, field, { expected: 'number' }));
  if (Number.isInteger(value) && value > 0 && value <= limits.timeoutSeconds) return value;
  throw queryFailed(
    visit,
    `The value of the field '${field}' must be a positive integer of at most ${limits.timeoutSeconds}, but was ${value}.`,
    field,
  );
}

async function submit(visit: TaskVisit, step: SubmittingStep, adapter: TaskAdapter): Promise<void> {
  const { run, frame, at, events } = visit;
  run.world.flush();
  const call = taskCall(visit, step.scheduledId);
  let answer: Awaited<ReturnType<TaskAdapter['submit']>>;
  try {
    answer = await withDeadline(visit, step.deadlineMs, (signal) =>
      adapter.submit(copyJson(step.args), { ...call, signal }),
    );
  } catch (error) {
    throw recordFailure(visit, error, adapter.poll ? 'SubmitFailed' : 'Failed');
  }
  const text = resultText(visit, answer.output);
  if (!adapter.poll) {
    run.appendTo(frame, events.type('Succeeded'), { ...events.common, ...dataDetails('output', text) });
    at.step = { kind: 'done', result: JSON.parse(text) };
    run.changed(frame);
    return;
  }
  run.appendTo(frame, events.type('Submitted'), { ...events.common, ...dataDetails('output', text) });
  const handle = copyJson(answer.handle ?? answer.output);
  at.step = {
    kind: 'polling',
    handle,
    scheduledId: step.scheduledId,
    submittedMs: run.world.clock.now(),
    ...(step.deadlineMs === undefined ? {} : { deadlineMs: step.deadlineMs }),
    ...(step.deadlineIsHeartbeat ? { deadlineIsHeartbeat: true } : {}),
  };
  run.changed(frame);
  run.world.flush();
}

async function pollToEnd(visit: TaskVisit, step: PollingStep, adapter: TaskAdapter): Promise<void> {
  const { run, frame, at, events } = visit;
  const { clock } = run.world;
  const call = taskCall(visit, step.scheduledId);
  for (;;) {
    const afterMs = adapter.pollAfterMs?.(clock.now() - step.submittedMs) ?? 1_000;
    let result: PollResult;
    try {
      await untilOrDeadline(visit, clock.now() + afterMs, step.deadlineMs);
      result = await run.alive(
        frame,
        clock.hold(() => poll(adapter, step.handle, call)),
      );
    } catch (error) {
      if (error instanceof TimedOut || frame.status === 'aborted') await stopJob(adapter, step.handle);
      throw recordFailure(visit, error, 'Failed');
    }
    if (result.status === 'pending') continue;
    if (result.status === 'failed') {
      const failure = { error: result.error, ...(result.cause === undefined ? {} : { cause: result.cause }) };
      throw recordFailure(visit, new TaskFailure(failure.error, failure.cause), 'Failed');
    }
    const text = resultText(visit, result.output);
    run.appendTo(frame, events.type('Succeeded'), { ...events.common, ...dataDetails('output', text) });
    at.step = { kind: 'done', result: JSON.parse(text) };
    run.changed(frame);
    return;
  }
}

/** A poll that fails says nothing of the job: it is asked again. */
async function poll(adapter: TaskAdapter, handle: Json, call: TaskCall): Promise<PollResult> {
  try {
    return (await adapter.poll?.(handle, call)) ?? { status: 'pending' };
  } catch (error) {
    if (error instanceof TaskFailure) return { status: 'pending' };
    throw error;
  }
}

class TimedOut extends Error {}

/** Work of an adapter, given up at the deadline or when the frame is stopped. */
async function withDeadline<T>(
  visit: TaskVisit,
  deadlineMs: number | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { run, frame } = visit;
  const { clock } = run.world;
  const over = new AbortController();
  const frameSignal = run.signal(frame);
  let stop = () => {};
  const givenUp = new Promise<never>((_, reject) => {
    stop = () => reject(stopped);
    frameSignal.addEventListener('abort', stop, { once: true });
    if (deadlineMs === undefined) return;
    clock.sleepUntil(deadlineMs, over.signal).then(
      () => reject(new TimedOut()),
      () => {},
    );
  });
  givenUp.catch(() => {});
  try {
    return await run.alive(frame, Promise.race([clock.hold(() => work(over.signal)), givenUp]));
  } finally {
    frameSignal.removeEventListener('abort', stop);
    over.abort(stopped);
  }
}

async function untilOrDeadline(
  visit: TaskVisit,
  untilMs: number,
  deadlineMs: number | undefined,
): Promise<void> {
  const { run, frame } = visit;
  if (deadlineMs === undefined || untilMs < deadlineMs) return run.sleepUntil(frame, untilMs);
  await run.sleepUntil(frame, deadlineMs);
  throw new TimedOut();
}

function taskCall({ run, frame, at, state }: TaskVisit, scheduledId: number): TaskCall {
  return {
    resource: state.Resource,
    executionArn: run.record.arn,
    executionName: run.record.name,
    stateName: at.name,
    idempotencyKey: run.idempotencyKey(scheduledId),
    signal: run.signal(frame),
  };
}

/** Records how the work failed, and gives the failure of the state. */
function recordFailure(visit: TaskVisit, error: unknown, event: 'Failed' | 'SubmitFailed'): StateFailed {
  const { run, frame, at, events } = visit;
  if (error instanceof Stopped) throw error;
  const failure = taskFailureOf(visit, error);
  const type = error instanceof TimedOut ? 'TimedOut' : event;
  run.appendTo(frame, events.type(type), { ...events.common, ...failureDetails(failure) });
  at.failing = { failure, stage: 'work' };
  return new StateFailed(failure);
}

function taskFailureOf({ at }: TaskVisit, error: unknown): Failure {
  if (error instanceof TimedOut)
    return 'deadlineIsHeartbeat' in at.step
      ? { error: 'States.Timeout', alias: 'States.HeartbeatTimeout' }
      : { error: 'States.Timeout' };
  if (error instanceof TaskFailure)
    return {
      error: error.error.slice(0, limits.errorLength),
      ...(error.failureCause === undefined ? {} : { cause: error.failureCause.slice(0, limits.causeLength) }),
    };
  if (error instanceof StateFailed) return error.failure;
  const message = error instanceof Error ? error.message : String(error);
  return { error: 'States.Runtime', cause: causeAt(at, `The Resource's adapter failed: ${message}`) };
}

/** The text of a Task's answer; one that is too big fails the Task. */
function resultText(visit: TaskVisit, output: Json): string {
  const { subject } = visit.events;
  try {
    return payloadText(
      output,
      `The state/task '${subject}' returned a result with a size exceeding the maximum number of bytes service limit.`,
    );
  } catch (error) {
    throw recordFailure(visit, error, 'Failed');
  }
}

/** A job that can't be stopped runs on, as it does on AWS: the Task has failed all the same. */
async function stopJob(adapter: TaskAdapter, handle: Json): Promise<void> {
  try {
    await adapter.stop?.(handle);
  } catch {}
}
