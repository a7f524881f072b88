import type { WaitState } from '../definition/definition.ts';
import { limits } from '../limits.ts';
import { StateFailed } from './failure.ts';
import { causeAt, countOf, type Exit, evaluate, outputAndAssign, type Visit } from './state-visit.ts';
import { timestampMs } from './timestamp-ms.ts';

/** Waits for a number of seconds, or until a time. The time is fixed when the state is entered. */
export async function runWait(visit: Visit<WaitState>): Promise<Exit> {
  const { run, frame, at, state } = visit;
  if (at.step.kind === 'entered') {
    const untilMs = await untilOf(visit);
    at.step = { kind: 'waiting', untilMs };
    run.changed(frame);
  }
  if (at.step.kind === 'waiting') {
    await run.sleepUntil(frame, at.step.untilMs);
    at.step = { kind: 'done', result: null };
    run.changed(frame);
  }
  return { next: state.Next, ...(await outputAndAssign(visit, state, at.input, {})) };
}

async function untilOf(visit: Visit<WaitState>): Promise<number> {
  const { run, at, state } = visit;
  const now = run.world.clock.now();
  if (state.Seconds !== undefined) {
    const seconds = await countOf(visit, state.Seconds, 'Seconds');
    return withinLimit(visit, now, now + seconds * 1_000);
  }
  const text = String(await evaluate(visit, state.Timestamp ?? '', 'Timestamp', { expected: 'string' }));
  const untilMs = timestampMs(text);
  if (untilMs === undefined)
    throw new StateFailed({
      error: 'States.Runtime',
      cause: causeAt(
        at,
        `The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: ${text}`,
      ),
    });
  return withinLimit(visit, now, untilMs);
}

function withinLimit(visit: Visit<WaitState>, nowMs: number, untilMs: number): number {
  if (untilMs - nowMs > limits.waitSeconds * 1_000)
    throw runtimeFailure(visit, 'Wait state delay is too long.');
  return untilMs;
}

function runtimeFailure(visit: Visit<WaitState>, explanation: string): StateFailed {
  return new StateFailed({ error: 'States.Runtime', cause: causeAt(visit.at, explanation) });
}
