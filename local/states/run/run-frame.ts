import type { CatchingState, State } from '../definition/definition.ts';
import type { Json } from '../json.ts';
import { runChoice } from './choice-state.ts';
import { dataDetails, type ExecutionRun, stateOf } from './execution-run.ts';
import { type Failure, StateFailed, Stopped } from './failure.ts';
import type { Frame, Position } from './frame.ts';
import { runMap } from './map-state.ts';
import { runParallel } from './parallel-state.ts';
import { findCatcher, nextRetry } from './retry.ts';
import { runFail, runPass, runSucceed } from './simple-states.ts';
import { type Exit, limitCause, outputAndAssign, payloadText, type Visit } from './state-visit.ts';
import { runTask } from './task-state.ts';
import { runWait } from './wait-state.ts';

/** How a frame ended; the frame says the same in its status. */
export type FrameEnd = { readonly output: Json; readonly outputText: string } | { readonly failure: Failure };

/** An exit with its output as text, which is made once. */
interface Way extends Exit {
  readonly outputText: string;
}

/**
 * Runs a frame from where it stands to its end. `ended` is called in the same go as the last change, so that
 * what belongs together is saved together; it is not called when the frame is stopped from outside.
 */
export async function runFrame(
  run: ExecutionRun,
  frame: Frame,
  ended: (end: FrameEnd) => void,
): Promise<void> {
  try {
    const block = run.block(frame);
    let at = frame.at ?? enter(run, frame, block.StartAt, frame.input, JSON.stringify(frame.input));
    for (;;) {
      const state = stateOf(block, at.name);
      const exit = await runToExit({ run, frame, at, state });
      run.expectAlive(frame);
      if ('failure' in exit) {
        frame.status = 'failed';
        frame.failure = exit.failure;
        run.changed(frame);
        ended(exit);
        return;
      }
      leave(run, frame, at, state, exit);
      if (exit.next === undefined) {
        frame.status = 'succeeded';
        frame.output = exit.output;
        run.changed(frame);
        ended(exit);
        return;
      }
      at = enter(run, frame, exit.next, exit.output, exit.outputText);
    }
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
  }
}

/** Runs a state, over its retries, until it is left by its own way or by a Catcher, or fails the frame. */
async function runToExit(visit: Visit): Promise<Way | { failure: Failure }> {
  for (;;) {
    const end = await attempt(visit);
    visit.run.expectAlive(visit.frame);
    if (!('failure' in end)) return end;
    if (planRetry(visit, end.failure)) continue;
    recordStateFailed(visit, end.failure);
    return caughtOrFailed(visit, end.failure);
  }
}

/** One run of a state's work; one that failed in an earlier process is not run again. */
async function attempt(visit: Visit): Promise<Way | { failure: Failure }> {
  const { failing } = visit.at;
  if (failing) return { failure: failing.failure };
  try {
    await waitOutBackOff(visit);
    return withText(visit, await runState(visit));
  } catch (error) {
    return { failure: failureOf(visit, error) };
  }
}

function withText(visit: Visit, exit: Exit): Way {
  return { ...exit, outputText: payloadText(exit.output, limitCause(visit)) };
}

function runState(visit: Visit): Promise<Exit> {
  const { state } = visit;
  switch (state.Type) {
    case 'Task':
      return runTask({ ...visit, state });
    case 'Pass':
      return runPass({ ...visit, state });
    case 'Wait':
      return runWait({ ...visit, state });
    case 'Choice':
      return runChoice({ ...visit, state });
    case 'Succeed':
      return runSucceed({ ...visit, state });
    case 'Fail':
      return runFail({ ...visit, state });
    case 'Parallel':
      return runParallel({ ...visit, state });
    case 'Map':
      return runMap({ ...visit, state });
  }
}

function enter(run: ExecutionRun, frame: Frame, name: string, input: Json, inputText: string): Position {
  const state = stateOf(run.block(frame), name);
  const beforeId = frame.cursor;
  const enteredId = run.appendTo(frame, `${state.Type}StateEntered`, {
    name,
    ...dataDetails('input', inputText),
  });
  frame.at = {
    name,
    input,
    enteredMs: run.world.clock.now(),
    enteredId,
    beforeId,
    retries: [],
    step: { kind: 'entered' },
  };
  return frame.at;
}

function leave(run: ExecutionRun, frame: Frame, at: Position, state: State, exit: Way): void {
  const names = Object.entries(exit.assigned);
  run.appendTo(frame, `${state.Type}StateExited`, {
    name: at.name,
    ...dataDetails('output', exit.outputText),
    ...(names.length === 0
      ? {}
      : {
          assignedVariables: Object.fromEntries(names.map(([name, value]) => [name, JSON.stringify(value)])),
          assignedVariablesDetails: { truncated: false },
        }),
  });
  if (names.length > 0) run.assign(frame, exit.assigned);
  if (at.step.kind === 'children') run.removeFrames(at.step.frameIds);
}

async function waitOutBackOff({ run, frame, at }: Visit): Promise<void> {
  if (at.step.kind !== 'backingOff') return;
  await run.sleepUntil(frame, at.step.untilMs);
  at.step = { kind: 'entered' };
  run.changed(frame);
}

function failureOf(visit: Visit, error: unknown): Failure {
  if (error instanceof StateFailed) return error.failure;
  if (error instanceof Stopped) throw error;
  const message = error instanceof Error ? error.message : String(error);
  return { error: 'States.Runtime', cause: `The state '${visit.at.name}' could not be run: ${message}` };
}

/** Records the back-off before the next attempt, if a Retrier gives one. */
function planRetry({ run, frame, at, state }: Visit, failure: Failure): boolean {
  if (!isCatching(state) || !state.Retry || (at.failing && at.failing.stage !== 'work')) return false;
  const retry = nextRetry(state.Retry, failure, at.retries, run.world.random);
  if (!retry) return false;
  for (let index = at.retries.length; index <= retry.retrier; index++) at.retries[index] = 0;
  at.retries[retry.retrier] = (at.retries[retry.retrier] ?? 0) + 1;
  if (at.step.kind === 'children') run.removeFrames(at.step.frameIds);
  at.step = { kind: 'backingOff', untilMs: run.world.clock.now() + retry.delaySeconds * 1_000 };
  delete at.failing;
  run.changed(frame);
  return true;
}

/** A Parallel or Map that is not retried has an event for its failure, unless all its work was done. */
function recordStateFailed({ run, frame, at, state }: Visit, failure: Failure): void {
  if (at.failing && at.failing.stage !== 'work') return;
  if ((state.Type === 'Map' || state.Type === 'Parallel') && at.step.kind !== 'done')
    run.appendTo(frame, `${state.Type}StateFailed`);
  at.failing = { failure, stage: 'state' };
  run.changed(frame);
}

async function caughtOrFailed(visit: Visit, failure: Failure): Promise<Way | { failure: Failure }> {
  if (visit.at.failing?.stage === 'catcher') return { failure };
  try {
    return (await caught(visit, failure)) ?? { failure };
  } catch (error) {
    return { failure: failureOf(visit, error) };
  }
}

/** The way out by the first Catcher that covers the failure, if any. */
async function caught(visit: Visit, failure: Failure): Promise<Way | undefined> {
  const { state } = visit;
  const found = isCatching(state) ? findCatcher(state.Catch ?? [], failure) : undefined;
  if (!found) return undefined;
  const errorOutput = {
    ...(failure.error === undefined ? {} : { Error: failure.error }),
    ...(failure.cause === undefined ? {} : { Cause: failure.cause }),
  };
  const { output, assigned } = await outputAndAssign(
    visit,
    found.catcher,
    errorOutput,
    { errorOutput },
    `Catch[${found.index}]/`,
  );
  return withText(visit, { next: found.catcher.Next, output, assigned });
}

function isCatching(state: State): state is CatchingState {
  return state.Type === 'Task' || state.Type === 'Map' || state.Type === 'Parallel';
}
