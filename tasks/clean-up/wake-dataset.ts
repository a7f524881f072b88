import { type Clock, type Executions, type StateTable, WriteConflict } from '../core/ports.ts';
import {
  datasetPartition,
  gateKey,
  gateSchema,
  WAITING_PREFIX,
  waitingSchema,
  wakeKey,
  wakeSchema,
} from '../core/records.ts';
import { isReserved } from '../core/state-table/end-run.ts';
import { nextExecutionName } from '../core/state-table/next-execution.ts';
import { queryRecords, readRecord } from '../core/state-table/read-record.ts';

/** The first times it is tried at every sweep, then ever more rarely: each try that fails alerts people. */
const PROMPT_TRIES = 3;
const FIRST_PAUSE_MS = 10 * 60_000;
const MAX_PAUSE_MS = 6 * 3_600_000;

/** Starts an execution for uploads that wait although nobody holds the gate; gives back whether it did. */
export async function wakeDataset(
  dataset: string,
  { table, executions, clock }: { table: StateTable; executions: Executions; clock: Clock },
): Promise<boolean> {
  const now = clock.now();
  const gate = await readRecord(table, gateKey(dataset), gateSchema);
  if (!gate || gate.value.holder !== null || isReserved(gate.value, now)) return false;
  const [waiting] = await queryRecords(table, datasetPartition(dataset), WAITING_PREFIX, waitingSchema, 1);
  if (!waiting) return false;

  const { epoch } = gate.value;
  const last = await readRecord(table, wakeKey(dataset), wakeSchema);
  const count = last?.value.epoch === epoch ? last.value.count : 0;
  if (last && now.getTime() < Date.parse(last.value.at) + pauseAfter(count)) return false;
  const item = { epoch, count: count + 1, at: now.toISOString() };
  try {
    await table.write([{ key: wakeKey(dataset), item, expectedVersion: last?.version ?? null }]);
  } catch (error) {
    // Another sweep is at it.
    if (error instanceof WriteConflict) return false;
    throw error;
  }
  // The name that leaving the gate gives may be used up by an execution that failed.
  await executions.start(`${nextExecutionName(dataset, epoch)}-woken-${count + 1}`, { dataset });
  return true;
}

const pauseAfter = (count: number): number =>
  count < PROMPT_TRIES ? 0 : Math.min(FIRST_PAUSE_MS * 2 ** (count - PROMPT_TRIES), MAX_PAUSE_MS);
