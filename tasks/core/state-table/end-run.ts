import { chunks } from '../chunks.ts';
import type { BackOff, Change, Clock, Executions, StateTable } from '../ports.ts';
import {
  datasetPartition,
  type Gate,
  gateKey,
  gateSchema,
  owedKey,
  type RunRecord,
  UPLOADS_PER_WRITE,
  type UploadRecord,
  type UploadStatus,
  uploadKey,
  uploadRecordSchema,
  WAITING_PREFIX,
  waitingKey,
  waitingSchema,
} from '../records.ts';
import { nextExecutionName } from './next-execution.ts';
import { queryRecords, readRecord, type Versioned } from './read-record.ts';
import { recordedRun } from './recorded.ts';
import { retryConflicts } from './retry-conflicts.ts';

export interface RunEnd {
  dataset: string;
  runId: string;
  /** How often the execution that says so had been redriven: a run that was admitted anew since is left alone. */
  redriveCount: number;
  status: 'SUCCEEDED' | 'FAILED';
  outcome: Record<string, unknown>;
  /** Attempts up to this one are not gone on from. */
  discardedAttempt?: number;
  /** Whether nothing of the run runs any more, so that the gate may go to another. */
  releasesGate: boolean;
  /** What became of each upload of the run; WAITING: nothing yet, another run takes it. */
  uploadEnd(uploadId: string): { status: UploadStatus; reason: string | null };
  /** Runs whose change sets BigQuery is owed no longer. */
  settled: readonly string[];
}

export interface EndRunWorld {
  table: StateTable;
  executions: Executions;
  clock: Clock;
  backOff: BackOff;
}

/**
 * Ends a run: its uploads first, then its record together with the gate. Wherever it is cut short, repeating it goes on
 * from there. An upload of which more was wanted meanwhile (a replay) waits again. A run that succeeded stays so; one
 * that was given up and was delivered all the same becomes one that succeeded. Then, if uploads wait, the next execution
 * is started.
 */
export async function endRun(end: RunEnd, world: EndRunWorld): Promise<void> {
  const { dataset, runId } = end;
  await retryConflicts(`run ${runId} of "${dataset}"`, world.backOff, () => endOnce(end, world));
  await startNext(dataset, world);
}

async function endOnce(end: RunEnd, { table }: EndRunWorld): Promise<void> {
  const { dataset, runId } = end;
  const run = await recordedRun(dataset, runId, table);
  if (run.value.redriveCount > end.redriveCount) return;
  const stays = run.value.status === 'SUCCEEDED' && end.status === 'FAILED';
  if (!stays) await settleUploads(end, run, table);

  const { discardedAttempt = run.value.discardedAttempt } = end;
  const isEnded = stays || run.value.status === end.status;
  const ended: RunRecord = isEnded
    ? run.value
    : { ...run.value, status: end.status, outcome: end.outcome, discardedAttempt };
  const gate = await readRecord(table, gateKey(dataset), gateSchema);
  const left = gate && leftGate(gate.value, runId, end.releasesGate);
  const owed = await owedMarkers(end, ended, table);
  if (isEnded && owed.length === 0 && !left) return;
  const changes: Change[] = [{ key: run.key, item: ended, expectedVersion: run.version }, ...owed];
  if (gate && left) changes.push({ key: gate.key, item: left, expectedVersion: gate.version });
  await table.write(changes);
}

/** The gate once a run has ended: neither held by it nor kept for it. Null: it was neither. */
function leftGate(gate: Gate, runId: string, isReleased: boolean): Gate | null {
  const held = gate.holder === runId && isReleased;
  const kept = gate.reserved?.runId === runId;
  if (!held && !kept) return null;
  return {
    ...gate,
    ...(held && { holder: null, holderExecutionArn: null }),
    ...(kept && { reserved: null }),
  };
}

/** A run that failed after its job was begun may have merged: a later run looks, and delivers what is owed. */
async function owedMarkers(
  { dataset, runId, settled }: RunEnd,
  ended: RunRecord,
  table: StateTable,
): Promise<Change[]> {
  if (ended.status === 'FAILED') {
    const key = owedKey(dataset, runId);
    const isMarked = ended.attempt === 0 || (await table.get(key)) !== null;
    return isMarked ? [] : [{ key, item: { runId }, expectedVersion: null }];
  }
  const markers = await Promise.all(settled.map((id) => table.get(owedKey(dataset, id))));
  return markers.flatMap((marker) =>
    marker ? [{ key: marker.key, item: null, expectedVersion: marker.version }] : [],
  );
}

/** Each write raises the version of the run's record too: a run that is admitted anew meanwhile is not touched. */
async function settleUploads(end: RunEnd, run: Versioned<RunRecord>, table: StateTable): Promise<void> {
  const { dataset, runId } = end;
  const settles = new Set<UploadStatus>(end.status === 'SUCCEEDED' ? ['RUNNING', 'FAILED'] : ['RUNNING']);
  for (const chunk of chunks(run.value.uploads, UPLOADS_PER_WRITE)) {
    const records = await Promise.all(
      chunk.map(({ uploadId }) => readRecord(table, uploadKey(dataset, uploadId), uploadRecordSchema)),
    );
    const changes = records.flatMap((record): Change[] => {
      if (!record || record.value.runId !== runId || !settles.has(record.value.status)) return [];
      return settledUpload(dataset, record, end.uploadEnd(record.value.upload.uploadId));
    });
    if (changes.length === 0) continue;
    await table.write([{ key: run.key, item: run.value, expectedVersion: run.version }, ...changes]);
    run.version += 1;
  }
}

function settledUpload(
  dataset: string,
  { key, value, version }: Versioned<UploadRecord>,
  end: { status: UploadStatus; reason: string | null },
): Change[] {
  const { uploadId, orderStamp, sizeBytes } = value.upload;
  if (value.wanted === value.taken && end.status !== 'WAITING')
    return [{ key, item: { ...value, ...end } satisfies UploadRecord, expectedVersion: version }];
  const wanted = Math.max(value.wanted, value.taken + 1);
  const item: UploadRecord = { ...value, status: 'WAITING', wanted, reason: null };
  return [
    { key, item, expectedVersion: version },
    {
      key: waitingKey(dataset, orderStamp, uploadId),
      item: { uploadId, sizeBytes, wanted },
      expectedVersion: null,
    },
  ];
}

/**
 * Who leaves looks for what waits after it released the gate; who comes looks at the gate after it joined what waits.
 * So one of the two always sees the other, and no upload is forgotten.
 */
async function startNext(dataset: string, { table, executions, clock }: EndRunWorld): Promise<void> {
  const [waiting] = await queryRecords(table, datasetPartition(dataset), WAITING_PREFIX, waitingSchema, 1);
  const gate = await readRecord(table, gateKey(dataset), gateSchema);
  if (!waiting || !gate || gate.value.holder !== null || isReserved(gate.value, clock.now())) return;
  await executions.start(nextExecutionName(dataset, gate.value.epoch), { dataset });
}

/** Whether a run waits for the gate and has asked lately. */
export function isReserved({ reserved }: Gate, now: Date): boolean {
  return reserved !== null && Date.parse(reserved.until) > now.getTime();
}
