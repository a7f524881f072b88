import type { Upload } from '../core/batch.ts';
import { chunks } from '../core/chunks.ts';
import { type Contract, contractSchema, DATASET_NAME } from '../core/contract.ts';
import { TidegateError } from '../core/errors.ts';
import type { Execution } from '../core/execution.ts';
import { finishedAttempt } from '../core/folders/finished-attempt.ts';
import { contractKey, deployedContractKey } from '../core/folders/folders.ts';
import type { RunFolders } from '../core/folders/run-folders.ts';
import { readStoredJson } from '../core/folders/stored-json.ts';
import type { BackOff, Clock, StateTable } from '../core/ports.ts';
import {
  datasetPartition,
  gateKey,
  gateSchema,
  type RunRecord,
  runKey,
  runRecordSchema,
  type UploadRecord,
  uploadKey,
  uploadRecordSchema,
  WAITING_PREFIX,
  waitingKey,
  waitingSchema,
} from '../core/records.ts';
import { requestOf } from '../core/request.ts';
import { runIdOf } from '../core/run-id.ts';
import { findRun } from '../core/state-table/find-run.ts';
import { queryRecords, readRecord } from '../core/state-table/read-record.ts';
import { retryConflicts } from '../core/state-table/retry-conflicts.ts';
import { printable } from '../core/telling/printable.ts';
import { chooseBatch } from './choose-batch.ts';
import { markUploads } from './mark-uploads.ts';
import { type Asked, queueUpload } from './queue-upload.ts';
import { requestedUploads } from './requested-uploads.ts';
import { type Asking, beginRun, behindWhom, resumeRun } from './take-gate.ts';

export interface AdmitUploadWorld extends RunFolders {
  table: StateTable;
  clock: Clock;
  backOff: BackOff;
  sourceBucket: string;
  artifactsBucket: string;
}

type Answer =
  | { outcome: 'Run'; dataset: string; runId: string; uploadIds: string[]; finishedAttempt: number }
  /** Ends well: the run that holds the gate, or the one after it, takes what waits. */
  | { outcome: 'Queued'; dataset: string; behind: string }
  /** Waits and asks again: its run was begun before. */
  | { outcome: 'Busy'; dataset: string; behind: string; waitSeconds: number }
  | {
      outcome: 'Duplicate';
      dataset: string;
      uploadId: string;
      status: string;
      runId: string | null;
      reason: string | null;
    }
  | { outcome: 'NothingWaiting'; dataset: string }
  | { outcome: 'Ignored'; reason: string };

/** Writes at once of a replay of many uploads. */
const PARALLEL_WRITES = 10;

/**
 * Admits what an execution was started for. The upload joins those that wait; if the gate is free, the execution takes
 * it and becomes the run of all that waits. Called again by the same execution (a lost answer, a redrive) it comes to
 * the same run.
 */
export async function admitUpload(
  input: unknown,
  execution: Execution,
  world: AdmitUploadWorld,
): Promise<Answer> {
  const request = requestOf(input);
  const startedAt = new Date(execution.startTime);
  const asker = {
    runId: runIdOf(execution.arn, startedAt),
    executionArn: execution.arn,
    startedAt: startedAt.toISOString(),
    redriveCount: execution.redriveCount,
  };
  const begun = await findRun(asker.runId, world.table);
  if (begun) return resume({ ...asker, dataset: begun.value.dataset }, world);

  const requested = await requestedUploads(request, world);
  if ('ignored' in requested) return { outcome: 'Ignored', reason: requested.ignored };
  const { dataset, uploads, mend } = requested;
  const contract = await readContract(dataset, world);
  if (!contract) {
    if (mend)
      throw new TidegateError(
        'InvalidInput',
        `key: "${printable(mend.key)}" mends nothing: the contract of "${dataset}" is no longer deployed.`,
      );
    if (request.kind === 'waiting')
      throw new TidegateError(
        'InvalidInput',
        `dataset: no dataset "${dataset}" is deployed. Start with the name of a deployed dataset, or deploy its contract first.`,
      );
    const reason = `No dataset "${dataset}": no contract of that name is deployed. Upload the file under its dataset's prefix, spelled exactly as the dataset is, or deploy the contract and load the file with \`tidegate backfill\`.`;
    return { outcome: 'Ignored', reason };
  }
  const asked = { replayedBy: request.kind === 'event' ? null : execution.arn, mend };
  const records: UploadRecord[] = [];
  for (const chunk of chunks(uploads, PARALLEL_WRITES))
    records.push(...(await Promise.all(chunk.map((upload) => queue(dataset, upload, asked, world)))));
  const [own] = records;
  if (own && records.every(({ wanted, taken }) => wanted === taken)) return duplicate(dataset, own);
  return begin({ ...asker, dataset }, contract, uploads, world);
}

async function readContract(
  dataset: string,
  { objects, artifactsBucket }: AdmitUploadWorld,
): Promise<Contract | null> {
  if (!DATASET_NAME.test(dataset)) return null;
  const ref = { bucket: artifactsBucket, key: deployedContractKey(dataset) };
  return readStoredJson(objects, ref, contractSchema, 'ContractInvalid');
}

function queue(
  dataset: string,
  upload: Upload,
  asked: Asked,
  { table, backOff }: AdmitUploadWorld,
): Promise<UploadRecord> {
  return retryConflicts(`upload ${upload.uploadId} of "${dataset}"`, backOff, async () => {
    const record = await readRecord(table, uploadKey(dataset, upload.uploadId), uploadRecordSchema);
    // Its order stamp stays the one of its first sight.
    const { orderStamp, uploadId } = record?.value.upload ?? upload;
    const waits = record?.value.status === 'WAITING';
    const marker = waits ? await table.get(waitingKey(dataset, orderStamp, uploadId)) : null;
    const queued = queueUpload(dataset, upload, asked, {
      record,
      markerVersion: marker?.version ?? null,
    });
    if (queued.changes.length > 0) await table.write(queued.changes);
    return queued.record;
  });
}

const duplicate = (dataset: string, { upload, status, runId, reason }: UploadRecord): Answer => ({
  outcome: 'Duplicate',
  dataset,
  uploadId: upload.uploadId,
  status,
  runId,
  reason,
});

/** Takes the gate with what waits, if it is free: looked at only now, after the own upload has joined what waits. */
async function begin(
  asker: Asking,
  contract: Contract,
  uploads: Upload[],
  world: AdmitUploadWorld,
): Promise<Answer> {
  const { table, backOff, clock } = world;
  const { dataset } = asker;
  const admission = await retryConflicts(`the gate of "${dataset}"`, backOff, async () => {
    const gate = await readRecord(table, gateKey(dataset), gateSchema);
    const before = gate && behindWhom(gate.value, clock.now());
    if (before) return before;
    const pk = datasetPartition(dataset);
    const { maxUploads, maxBytes } = contract.batch;
    const waiting = await queryRecords(table, pk, WAITING_PREFIX, waitingSchema, maxUploads);
    if (waiting.length === 0) return null;
    const taken = chooseBatch(
      waiting.map(({ value }) => value),
      maxBytes,
    );
    const begun = beginRun(asker, gate, taken);
    await table.write(begun.changes);
    return begun.run;
  });
  if (!admission) return nothingWaiting(dataset, uploads, world);
  if (typeof admission === 'string') return { outcome: 'Queued', dataset, behind: admission };
  return admitted(admission, world);
}

/** The own upload runs: by a run that took it meanwhile, or that will see on leaving that a replay asks for it again. */
async function nothingWaiting(
  dataset: string,
  [upload]: Upload[],
  { table }: AdmitUploadWorld,
): Promise<Answer> {
  const record = upload && (await readRecord(table, uploadKey(dataset, upload.uploadId), uploadRecordSchema));
  if (!record) return { outcome: 'NothingWaiting', dataset };
  const { wanted, taken, runId } = record.value;
  return wanted > taken
    ? { outcome: 'Queued', dataset, behind: runId ?? '' }
    : duplicate(dataset, record.value);
}

async function resume(asker: Asking, world: AdmitUploadWorld): Promise<Answer> {
  const { table, backOff, clock } = world;
  const { dataset, runId } = asker;
  const admission = await retryConflicts(`the gate of "${dataset}"`, backOff, async () => {
    const [run, gate] = await Promise.all([
      readRecord(table, runKey(dataset, runId), runRecordSchema),
      readRecord(table, gateKey(dataset), gateSchema),
    ]);
    if (!run || !gate)
      throw new TidegateError('InvalidInput', `The state table lost run ${runId} of "${dataset}".`);
    const decided = resumeRun(asker, run, gate, clock.now());
    if (decided.changes.length > 0) await table.write(decided.changes);
    return decided;
  });
  if (admission.outcome === 'Behind') {
    const { behind, waitSeconds } = admission;
    return { outcome: 'Busy', dataset, behind, waitSeconds };
  }
  return admitted(admission.run, world);
}

async function admitted(run: RunRecord, world: AdmitUploadWorld): Promise<Answer> {
  const { dataset, runId } = run;
  await markUploads(run, world);
  await pinContract(dataset, runId, world);
  return {
    outcome: 'Run',
    dataset,
    runId,
    uploadIds: run.uploads.map(({ uploadId }) => uploadId),
    finishedAttempt: await finishedAttempt(dataset, { ...run, lastAttempt: run.attempt }, world),
  };
}

/**
 * A run keeps the contract that it began with. It is read after the batch was fixed: a replay that is part of the batch
 * was asked for under this contract or an older one.
 */
async function pinContract(dataset: string, runId: string, world: AdmitUploadWorld): Promise<void> {
  const pinned = { bucket: world.destinationBucket, key: contractKey(dataset, runId) };
  if (await world.objects.head(pinned)) return;
  const contract = await readContract(dataset, world);
  if (!contract)
    throw new TidegateError('ContractInvalid', `The contract of "${dataset}" is no longer deployed.`);
  await world.objects.write(pinned, JSON.stringify(contract), 'application/json');
}
