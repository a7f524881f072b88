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
  now: Date;
}

/** What an execution may do, and the writes that make it so. */
export type Admission =
  | { outcome: 'Run'; run: RunRecord; changes: Change[] }
  /** Behind another run; one that exists already is next, if it goes on asking. */
  | { outcome: 'Behind'; behind: string; changes: Change[] };

/** So long the gate is kept for a run that waits; it asks every minute. */
const RESERVED_MS = 180_000;

/** Begins a run with a batch, if the gate is free. */
export function beginRun(
  asking: Asking,
  stored: Versioned<Gate> | null,
  uploads: RunRecord['uploads'],
): Admission {
  const { dataset, runId, executionArn, startedAt, redriveCount, now } = asking;
  const gate = stored?.value ?? FREE_GATE;
  if (gate.holder !== null) return { outcome: 'Behind', behind: gate.holder, changes: [] };
  if (gate.reserved && isReserved(gate, now))
    return { outcome: 'Behind', behind: gate.reserved.runId, changes: [] };
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
    outcome: 'Run',
    run,
    changes: [
      gateTaken(asking, stored),
      { key: runKey(dataset, runId), item: run, expectedVersion: null },
      { key: runIndexKey(runId), item: { dataset }, expectedVersion: null },
      // The sweep goes through the datasets that are listed.
      ...(stored ? [] : [{ key: datasetKey(dataset), item: { dataset }, expectedVersion: null }]),
    ],
  };
}

/** Takes a run up again: the same run, with the same batch, as soon as the gate is its own. */
export function resumeRun(asking: Asking, run: Versioned<RunRecord>, stored: Versioned<Gate>): Admission {
  const { runId, redriveCount, now } = asking;
  const gate = stored.value;
  const isOwn = gate.holder === runId;
  if (isOwn && run.value.status === 'RUNNING' && run.value.redriveCount >= redriveCount)
    return { outcome: 'Run', run: run.value, changes: [] };
  const before = gate.holder ?? (isReserved(gate, now) ? (gate.reserved?.runId ?? null) : null);
  if (!isOwn && before !== null && before !== runId)
    return { outcome: 'Behind', behind: before, changes: reservation(asking, stored) };
  const resumed: RunRecord = { ...run.value, status: 'RUNNING', redriveCount };
  return {
    outcome: 'Run',
    run: resumed,
    changes: [gateTaken(asking, stored), { key: run.key, item: resumed, expectedVersion: run.version }],
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
function reservation({ runId, now }: Asking, { key, value, version }: Versioned<Gate>): Change[] {
  if (value.reserved && value.reserved.runId !== runId && isReserved(value, now)) return [];
  const until = new Date(now.getTime() + RESERVED_MS).toISOString();
  return [{ key, item: { ...value, reserved: { runId, until } } satisfies Gate, expectedVersion: version }];
}
