import { isReserved } from '../core/end-run.ts';
import type { Change } from '../core/ports.ts';
import type { Versioned } from '../core/read-record.ts';
import {
  datasetKey,
  FREE_GATE,
  type Gate,
  gateKey,
  type RunRecord,
  runIndexKey,
  runKey,
} from '../core/records.ts';

export interface Asking {
  dataset: string;
  runId: string;
  executionArn: string;
  startedAt: string;
  redriveCount: number;
}

/** So long the gate is kept for a run that waits; it asks every minute. */
const RESERVED_MS = 180_000;

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
  | { outcome: 'Behind'; behind: string; changes: Change[] };

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
  if (!isOwn && behind !== null && behind !== runId)
    return { outcome: 'Behind', behind, changes: reservation(runId, gate, now) };
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

/** Without it, a run that asks once a minute could miss every moment in which the gate of a busy dataset is free. */
function reservation(runId: string, { key, value, version }: Versioned<Gate>, now: Date): Change[] {
  if (value.reserved && value.reserved.runId !== runId && isReserved(value, now)) return [];
  const until = new Date(now.getTime() + RESERVED_MS).toISOString();
  return [{ key, item: { ...value, reserved: { runId, until } } satisfies Gate, expectedVersion: version }];
}
