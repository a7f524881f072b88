import { setTimeout as pause } from 'node:timers/promises';
import { TidegateError } from './errors.ts';
import { type Change, type Executions, type StateTable, WriteConflict } from './ports.ts';
import {
  datasetPartition,
  gateKey,
  gateSchema,
  owedKey,
  type RunRecord,
  runKey,
  runRecordSchema,
  type UploadRecord,
  type UploadStatus,
  uploadKey,
  uploadRecordSchema,
  WAITING_PREFIX,
  waitingKey,
} from './records.ts';

const MAX_CONFLICTS = 20;

export interface RunEnd {
  dataset: string;
  runId: string;
  /** The run's new status, and what else its record shall say. */
  run: Pick<RunRecord, 'status' | 'outcome'> & Partial<Pick<RunRecord, 'discardedAttempt'>>;
  /** What became of each upload of the run. */
  uploadEnd(uploadId: string): { status: UploadStatus; reason: string | null };
  /** Runs whose change sets BigQuery is owed no longer. */
  settled: readonly string[];
}

/**
 * Ends a run: its record, its uploads and the gate change together. An upload of which more was wanted meanwhile (a
 * replay) waits again. Repeated, it changes nothing. Then, if uploads wait, the next execution is started under a name
 * made of dataset and epoch, so that a repeated call starts no second one.
 */
export async function endRun(end: RunEnd, table: StateTable, executions: Executions): Promise<RunRecord> {
  for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts += 1) {
    try {
      const run = await release(end, table);
      await startNext(end.dataset, table, executions);
      return run;
    } catch (error) {
      if (!(error instanceof WriteConflict)) throw error;
      await pause(Math.random() * 20 * 2 ** Math.min(conflicts, 5));
    }
  }
  throw new TidegateError(
    'ServiceUnavailable',
    `The gate of "${end.dataset}" changed ${MAX_CONFLICTS} times while run ${end.runId} left it; try again later.`,
  );
}

async function release(
  { dataset, runId, run: ending, uploadEnd, settled }: RunEnd,
  table: StateTable,
): Promise<RunRecord> {
  const stored = await table.get(runKey(dataset, runId));
  if (!stored) throw new TidegateError('InvalidInput', `There is no run ${runId} of "${dataset}".`);
  const run = runRecordSchema.parse(stored.item);
  if (run.status !== 'RUNNING') return run;

  const ended: RunRecord = { ...run, ...ending };
  const changes: Change[] = [{ key: runKey(dataset, runId), item: ended, expectedVersion: stored.version }];
  const uploads = await Promise.all(run.uploadIds.map((uploadId) => table.get(uploadKey(dataset, uploadId))));
  for (const upload of uploads) {
    if (!upload) continue;
    const record = uploadRecordSchema.parse(upload.item);
    if (record.runId !== runId || record.status !== 'RUNNING') continue;
    const { uploadId, orderStamp } = record.upload;
    const waitsAgain = record.wanted > record.taken;
    const item: UploadRecord = {
      ...record,
      ...(waitsAgain ? { status: 'WAITING' as const, reason: null } : uploadEnd(uploadId)),
    };
    changes.push({ key: upload.key, item, expectedVersion: upload.version });
    if (waitsAgain) {
      changes.push({
        key: waitingKey(dataset, orderStamp, uploadId),
        item: { uploadId },
        expectedVersion: null,
      });
    }
  }
  if (ended.status === 'FAILED' && ended.attempt > 0) {
    const owed = await table.get(owedKey(dataset, runId));
    if (!owed) changes.push({ key: owedKey(dataset, runId), item: { runId }, expectedVersion: null });
  }
  for (const owed of await Promise.all(settled.map((id) => table.get(owedKey(dataset, id))))) {
    if (owed) changes.push({ key: owed.key, item: null, expectedVersion: owed.version });
  }
  const gate = await table.get(gateKey(dataset));
  if (gate) {
    const held = gateSchema.parse(gate.item);
    if (held.holder === runId) {
      const item = { ...held, holder: null, holderExecutionArn: null };
      changes.push({ key: gate.key, item, expectedVersion: gate.version });
    }
  }
  await table.write(changes);
  return ended;
}

async function startNext(dataset: string, table: StateTable, executions: Executions): Promise<void> {
  const [waiting] = await table.query(datasetPartition(dataset), WAITING_PREFIX, 1);
  const gate = await table.get(gateKey(dataset));
  if (!waiting || !gate) return;
  const { holder, epoch } = gateSchema.parse(gate.item);
  if (holder === null) await executions.start(`${dataset}-after-${epoch}`, { dataset });
}
