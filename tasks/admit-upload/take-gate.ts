import type { Change } from '../core/ports.ts';
import {
  datasetKey,
  FREE_GATE,
  type Gate,
  gateKey,
  type RunRecord,
  runIndexKey,
  runKey,
} from '../core/records.ts';
import { runStartOf } from '../core/run-id.ts';
import { isReserved } from '../core/state-table/end-run.ts';
import type { Versioned } from '../core/state-table/read-record.ts';

export interface Asking {
  dataset: string;
  runId: string;
  executionArn: string;
  startedAt: string;
  redriveCount: number;
}

/**
 * A run that waits asks again after a tenth of the time that the one before it has taken so far: what has run for long may
 * run for long yet. A history has 25,000 events at most, and each asking takes nine; nor may a gate that is kept for a
 * run stay unused for longer than a sweep takes to come.
 */
const WAITED_SHARE = 0.1;
const SHORTEST_WAIT_SECONDS = 60;
const LONGEST_WAIT_SECONDS = 240;
/** So long the gate is kept for a run that waits after it should have asked again. */
const LATE_SECONDS = 120;

/** The run that an execution without one has to queue behind: the holder, or one that waits and is next; null: none. */
export function behindWhom(gate: Gate, now: Date): string | null {
  return gate.holder ?? (isReserved(gate, now) ? (gate.reserved?.runId ?? null) : null);
}

/** Begins a run with a batch, as the gate is free. */
export function beginRun(
  asking: Asking,
  gate: Versioned<Gate> | null,
  uploads: RunRecord['uploads'],
): { run: RunRecord; changes: Change[] } {
  const { dataset, runId, executionArn, startedAt, redriveCount } = asking;
  const run: RunRecord = {
    runId,
    dataset,
    executionArn,
    startedAt,
    status: 'RUNNING',
    redriveCount,
    uploads,
    attempt: 0,
    discardedAttempt: 0,
    plan: null,
    outcome: null,
  };
  return {
    run,
    changes: [
      gateTaken(asking, gate),
      { key: runKey(dataset, runId), item: run, expectedVersion: null },
      { key: runIndexKey(runId), item: { dataset }, expectedVersion: null },
      // The sweep goes through the datasets that are listed.
      ...(gate ? [] : [{ key: datasetKey(dataset), item: { dataset }, expectedVersion: null }]),
    ],
  };
}

/** What an execution may do that has a run already, and the writes that make it so. */
export type Resumption =
  | { outcome: 'Run'; run: RunRecord; changes: Change[] }
  /** Behind another run; it is next, if it goes on asking. */
  | { outcome: 'Behind'; behind: string; waitSeconds: number; changes: Change[] };

/** Takes a run up again: the same run, with the same batch, as soon as the gate is its own. */
export function resumeRun(
  asking: Asking,
  run: Versioned<RunRecord>,
  gate: Versioned<Gate>,
  now: Date,
): Resumption {
  const { runId, redriveCount } = asking;
  const isOwn = gate.value.holder === runId;
  if (isOwn && run.value.status === 'RUNNING' && run.value.redriveCount >= redriveCount)
    return { outcome: 'Run', run: run.value, changes: [] };
  const behind = behindWhom(gate.value, now);
  if (!isOwn && behind !== null && behind !== runId) {
    const waitSeconds = waitBehind(behind, now);
    return { outcome: 'Behind', behind, waitSeconds, changes: reservation(runId, gate, waitSeconds, now) };
  }
  const resumed: RunRecord = { ...run.value, status: 'RUNNING', redriveCount };
  return {
    outcome: 'Run',
    run: resumed,
    changes: [gateTaken(asking, gate), { key: run.key, item: resumed, expectedVersion: run.version }],
  };
}

function gateTaken({ dataset, runId, executionArn }: Asking, stored: Versioned<Gate> | null): Change {
  const gate = stored?.value ?? FREE_GATE;
  const item: Gate = {
    holder: runId,
    holderExecutionArn: executionArn,
    epoch: gate.epoch + 1,
    reserved: gate.reserved?.runId === runId ? null : gate.reserved,
  };
  return { key: gateKey(dataset), item, expectedVersion: stored?.version ?? null };
}

function waitBehind(runId: string, now: Date): number {
  const takenSeconds = (now.getTime() - runStartOf(runId).getTime()) / 1000;
  const waitSeconds = Math.round(takenSeconds * WAITED_SHARE);
  return Math.min(LONGEST_WAIT_SECONDS, Math.max(SHORTEST_WAIT_SECONDS, waitSeconds));
}

/** Without it, a run that asks now and then could miss every moment in which the gate of a busy dataset is free. */
function reservation(
  runId: string,
  { key, value, version }: Versioned<Gate>,
  waitSeconds: number,
  now: Date,
): Change[] {
  if (value.reserved && value.reserved.runId !== runId && isReserved(value, now)) return [];
  const until = new Date(now.getTime() + (waitSeconds + LATE_SECONDS) * 1000).toISOString();
  return [{ key, item: { ...value, reserved: { runId, until } } satisfies Gate, expectedVersion: version }];
}
