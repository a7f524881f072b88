import { type EndRunWorld, endRun } from '../core/end-run.ts';
import { TidegateError } from '../core/errors.ts';
import { manifestKey } from '../core/folders.ts';
import { type Manifest, manifestSchema } from '../core/manifest.ts';
import type { Pin } from '../core/pin.ts';
import type { Notices, ObjectStore, StateTable } from '../core/ports.ts';
import {
  type RunRecord,
  runKey,
  runRecordSchema,
  type UploadStatus,
  uploadKey,
  uploadRecordSchema,
} from '../core/records.ts';
import { type StopWorkWorld, stopWork } from '../core/stop-work.ts';
import { readStoredJson } from '../core/stored-json.ts';
import { noticeOf } from './notice.ts';
import { rejection } from './reasons-told.ts';
import type { UploadOutcome } from './upload-outcome.ts';

export interface LeaveGateInput {
  dataset: string;
  runId: string;
  /** The attempt that was delivered; 0: no upload could be pinned, no job ran. */
  attempt: number;
  /** How often the execution was redriven. */
  redriveCount: number;
  /** Empty when the run was gone on from a finished attempt. */
  pins: Pin[];
  /** What Deliver came to; null: nothing was to be delivered. */
  delivery: Delivery | null;
}

export interface Delivery {
  /** Earlier runs whose change sets went along. */
  owedDelivered: string[];
  /** Earlier runs whose change sets BigQuery refused. */
  refused: { runId: string; reason: string }[];
  [other: string]: unknown;
}

export interface LeaveGateWorld extends EndRunWorld, StopWorkWorld {
  objects: ObjectStore;
  notices: Notices;
  destinationBucket: string;
}

/** An execution's output has up to 256 KiB, and a key up to 1,024 bytes. */
const MAX_UPLOADS_TOLD = 100;
const MAX_REASON_LENGTH = 500;

/** Ends a run that did all it had to; people are told of what was rejected, gone or quarantined. */
export async function leaveGate(input: LeaveGateInput, world: LeaveGateWorld) {
  const { dataset, runId, attempt, redriveCount, delivery } = input;
  const manifest = attempt > 0 ? await readManifest(input, world) : null;
  const run = await readRun(world.table, dataset, runId);
  const uploads = await outcomes(run, input.pins, manifest, world);
  const byId = new Map(uploads.map((upload) => [upload.uploadId, upload]));
  const outcome = {
    uploads: uploads.map(({ uploadId, status }) => ({ uploadId, status })),
    rows: manifest?.rows ?? null,
    jobSeconds: manifest ? (Date.parse(manifest.finishedAt) - Date.parse(manifest.startedAt)) / 1000 : 0,
    stageSeconds: manifest?.stageSeconds ?? {},
    executorCores: manifest?.executorCores ?? null,
    delivery,
  };
  const refused = delivery?.refused ?? [];
  const bucket = world.destinationBucket;
  const again = run.uploads.filter(({ generation }) => generation > 1);
  const askedAgain = new Set(again.map(({ uploadId }) => uploadId));
  const notice = noticeOf({ dataset, runId, attempt, uploads, manifest, refused, askedAgain, bucket });
  if (notice && run.status !== 'SUCCEEDED') await world.notices.publish(notice.subject, notice.message);
  await endRun(
    {
      dataset,
      runId,
      redriveCount,
      status: 'SUCCEEDED',
      outcome,
      releasesGate: await isAlone(run, redriveCount, world),
      uploadEnd: (uploadId) => {
        const upload = byId.get(uploadId);
        return { status: upload?.status ?? 'LOADED', reason: upload?.reason ?? null };
      },
      // What was refused is told once; a redrive or replay of that run tries it again.
      settled: [runId, ...(delivery?.owedDelivered ?? []), ...refused.map((owed) => owed.runId)],
    },
    world,
  );
  return { dataset, runId, attempt, ...outcome, uploadCounts: countsOf(uploads), uploads: told(uploads) };
}

/**
 * Whether nothing of the run works on beside what was delivered. Only an execution that began its job more than once, or
 * was redriven, can have left something behind: the job of an answer that was lost. Its end is asked for; until it is
 * seen ended the gate stays with the run, and a sweep releases it.
 */
async function isAlone(
  { runId, attempt }: RunRecord,
  redriveCount: number,
  world: StopWorkWorld,
): Promise<boolean> {
  if (attempt <= 1 && redriveCount === 0) return true;
  return (await stopWork(runId, world)).stopped;
}

function countsOf(uploads: UploadOutcome[]): Partial<Record<UploadStatus, number>> {
  const counts: Partial<Record<UploadStatus, number>> = {};
  for (const { status } of uploads) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** Those that were not loaded first. */
function told(uploads: UploadOutcome[]): UploadOutcome[] {
  const loaded = ({ status }: UploadOutcome): number => Number(status === 'LOADED');
  return uploads
    .toSorted((a, b) => loaded(a) - loaded(b))
    .slice(0, MAX_UPLOADS_TOLD)
    .map((upload) => ({ ...upload, reason: upload.reason?.slice(0, MAX_REASON_LENGTH) ?? null }));
}

async function readManifest(
  { dataset, runId, attempt }: LeaveGateInput,
  world: LeaveGateWorld,
): Promise<Manifest> {
  const ref = { bucket: world.destinationBucket, key: manifestKey(dataset, runId, attempt) };
  const manifest = await readStoredJson(world.objects, ref, manifestSchema, 'OutputMismatch');
  if (manifest) return manifest;
  throw new TidegateError('OutputMismatch', `s3://${ref.bucket}/${ref.key} was verified and is gone.`);
}

/** The outcome of every upload of the run: what the job says of it, or else why it could not be pinned. */
async function outcomes(
  { dataset, uploads }: RunRecord,
  pins: Pin[],
  manifest: Manifest | null,
  { table }: LeaveGateWorld,
): Promise<UploadOutcome[]> {
  const processed = new Map(manifest?.uploads.map((upload) => [upload.uploadId, upload]));
  const pinned = new Map(pins.map((pin) => [pin.uploadId, pin]));
  return Promise.all(
    uploads.map(async ({ uploadId }): Promise<UploadOutcome> => {
      const stored = await table.get(uploadKey(dataset, uploadId));
      const record = stored ? uploadRecordSchema.parse(stored.item) : null;
      const uri = record ? `s3://${record.upload.bucket}/${record.upload.key}` : uploadId;
      const job = processed.get(uploadId);
      if (job) {
        const { read, kept, quarantined, current, superseded } = job;
        const reason = job.outcome === 'REJECTED' ? rejection(job.reasons) : null;
        return { uploadId, uri, status: job.outcome, reason, read, kept, quarantined, current, superseded };
      }
      const none = { read: 0, kept: 0, quarantined: 0, current: 0, superseded: 0 };
      const pin = pinned.get(uploadId);
      if (pin && pin.outcome !== 'PINNED') {
        return { uploadId, uri, status: pin.outcome, reason: pin.reason, ...none };
      }
      // Gone on from a finished attempt: what could not be pinned then is not in its manifest.
      return { uploadId, uri, status: 'GONE', reason: 'It could not be pinned when the run began.', ...none };
    }),
  );
}

async function readRun(table: StateTable, dataset: string, runId: string): Promise<RunRecord> {
  const stored = await table.get(runKey(dataset, runId));
  if (!stored) throw new TidegateError('InvalidInput', `There is no run ${runId} of "${dataset}".`);
  return runRecordSchema.parse(stored.item);
}
