import type * as z from 'zod';
import { type StopWorkWorld, stopWork } from '../core/compute/stop-work.ts';
import { type RunFolders, readManifest } from '../core/folders/run-folders.ts';
import type { Manifest } from '../core/manifest.ts';
import type { Pin } from '../core/pin.ts';
import type { Notices } from '../core/ports.ts';
import { type RunRecord, type UploadStatus, uploadKey, uploadRecordSchema } from '../core/records.ts';
import { type EndRunWorld, endRun } from '../core/state-table/end-run.ts';
import { recordedRun } from '../core/state-table/recorded.ts';
import type { inputSchema } from './input.ts';
import { noticeOf } from './notice.ts';
import { rejection } from './reasons-told.ts';
import type { UploadOutcome } from './upload-outcome.ts';

export interface LeaveGateWorld extends EndRunWorld, StopWorkWorld, RunFolders {
  notices: Notices;
}

/** An execution's output has up to 256 KiB, and a key up to 1,024 bytes. */
const MAX_UPLOADS_TOLD = 100;
const MAX_REASON_LENGTH = 500;

/** Ends a run that did all it had to; people are told of what was rejected, gone or quarantined. */
export async function leaveGate(input: z.output<typeof inputSchema>, world: LeaveGateWorld) {
  const { dataset, runId, attempt, redriveCount, delivery } = input;
  const manifest = attempt > 0 ? await readManifest(input, world) : null;
  const { value: run } = await recordedRun(dataset, runId, world.table);
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
