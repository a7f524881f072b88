import type { Upload } from '../core/batch.ts';
import type { Change, StoredItem } from '../core/ports.ts';
import {
  type Gate,
  gateKey,
  type RunRecord,
  runKey,
  type UploadRecord,
  uploadKey,
  waitingKey,
} from '../core/records.ts';

/** A write touches at most 100 items: the gate, the run, and two for each upload. */
export const MAX_UPLOADS_PER_RUN = 40;

export interface Versioned<T> {
  value: T;
  version: number;
}

/** What the state table holds, as read just now. */
export interface Situation {
  gate: Versioned<Gate> | null;
  /** The run of this very execution, when it was admitted before. */
  run: Versioned<RunRecord> | null;
  runUploads: Versioned<UploadRecord>[];
  /** The record of the upload this execution is about. */
  own: Versioned<UploadRecord> | null;
  /** The oldest uploads that wait, with their markers. */
  waiting: { marker: StoredItem; record: Versioned<UploadRecord> }[];
}

export interface Asking {
  dataset: string;
  runId: string;
  executionArn: string;
  startedAt: string;
  /** Null: whatever waits. */
  upload: Upload | null;
  /** Asked for by a person: what was loaded already is loaded again. */
  replay: boolean;
}

export type Admission =
  | {
      outcome: 'Run';
      dataset: string;
      runId: string;
      uploadIds: string[];
      lastAttempt: number;
      discardedAttempt: number;
    }
  | { outcome: 'Busy' | 'Queued'; dataset: string; behind: string }
  | {
      outcome: 'Duplicate';
      dataset: string;
      uploadId: string;
      status: string;
      runId: string | null;
      reason: string | null;
    }
  | { outcome: 'NothingWaiting'; dataset: string };

export interface Decision {
  changes: Change[];
  admission: Admission;
}

const FREE_GATE: Gate = { holder: null, holderExecutionArn: null, epoch: 0, queued: 0 };

/**
 * Decides what an execution may do now: run, wait behind another, or end. Called again by the same execution (a lost
 * answer, a redrive) it comes to the same run.
 */
export function decide(asking: Asking, situation: Situation): Decision {
  if (situation.run) return resume(asking, situation, situation.run);
  const own = asking.upload ? recordOf(asking, asking.upload, situation.own) : null;
  if (own && own.record.wanted === own.record.taken) {
    return { changes: [], admission: duplicate(asking, own.record) };
  }
  const gate = situation.gate?.value ?? FREE_GATE;
  if (gate.holder !== null) return queueBehind(asking, situation, gate, gate.holder, own);
  return begin(asking, situation, gate, own);
}

interface OwnRecord {
  record: UploadRecord;
  version: number | null;
  /** Whether the record differs from what is stored. */
  changed: boolean;
}

function recordOf(asking: Asking, upload: Upload, stored: Versioned<UploadRecord> | null): OwnRecord {
  const replayedBy = asking.replay ? asking.executionArn : null;
  if (!stored) {
    const record = {
      upload,
      status: 'WAITING',
      wanted: 1,
      taken: 0,
      replayedBy,
      runId: null,
      reason: null,
    } as const;
    return { record, version: null, changed: true };
  }
  const { value, version } = stored;
  if (!asking.replay || value.replayedBy === replayedBy) return { record: value, version, changed: false };
  // A running upload goes on; whoever leaves the gate sees that more is wanted than was taken.
  const status = value.status === 'RUNNING' ? 'RUNNING' : 'WAITING';
  return { record: { ...value, wanted: value.wanted + 1, replayedBy, status }, version, changed: true };
}

function duplicate(asking: Asking, { upload, status, runId, reason }: UploadRecord): Admission {
  return { outcome: 'Duplicate', dataset: asking.dataset, uploadId: upload.uploadId, status, runId, reason };
}

function queueBehind(
  asking: Asking,
  situation: Situation,
  gate: Gate,
  behind: string,
  own: OwnRecord | null,
): Decision {
  const admission: Admission = { outcome: 'Queued', dataset: asking.dataset, behind };
  if (!own?.changed) return { changes: [], admission };
  const { upload, status } = own.record;
  const changes: Change[] = [
    { key: uploadKey(asking.dataset, upload.uploadId), item: own.record, expectedVersion: own.version },
    {
      key: gateKey(asking.dataset),
      item: { ...gate, queued: gate.queued + 1 },
      expectedVersion: situation.gate?.version ?? null,
    },
  ];
  const marked = situation.waiting.some(({ record }) => record.value.upload.uploadId === upload.uploadId);
  if (status === 'WAITING' && !marked) {
    changes.push({
      key: waitingKey(asking.dataset, upload.orderStamp, upload.uploadId),
      item: { uploadId: upload.uploadId },
      expectedVersion: null,
    });
  }
  return { changes, admission };
}

function begin(asking: Asking, situation: Situation, gate: Gate, own: OwnRecord | null): Decision {
  const { dataset, runId } = asking;
  const ownId = own?.record.upload.uploadId;
  const changes: Change[] = [];
  const uploads: Upload[] = [];
  const take = (record: UploadRecord, version: number | null): void => {
    uploads.push(record.upload);
    const item: UploadRecord = { ...record, status: 'RUNNING', taken: record.wanted, runId, reason: null };
    changes.push({ key: uploadKey(dataset, record.upload.uploadId), item, expectedVersion: version });
  };
  const others = situation.waiting.filter(({ record }) => record.value.upload.uploadId !== ownId);
  for (const { marker, record } of others.slice(0, MAX_UPLOADS_PER_RUN - (own ? 1 : 0))) {
    take(record.value, record.version);
    changes.push({ key: marker.key, item: null, expectedVersion: marker.version });
  }
  if (own) {
    take(own.record, own.version);
    const marker = situation.waiting.find(({ record }) => record.value.upload.uploadId === ownId)?.marker;
    if (marker) changes.push({ key: marker.key, item: null, expectedVersion: marker.version });
  }
  if (uploads.length === 0) return { changes: [], admission: { outcome: 'NothingWaiting', dataset } };
  const uploadIds = uploads
    .sort((a, b) => (a.orderStamp < b.orderStamp ? -1 : 1))
    .map(({ uploadId }) => uploadId);
  const run: RunRecord = {
    runId,
    dataset,
    executionArn: asking.executionArn,
    startedAt: asking.startedAt,
    status: 'RUNNING',
    uploadIds,
    attempt: 0,
    discardedAttempt: 0,
    plan: null,
    outcome: null,
  };
  changes.push(
    { key: runKey(dataset, runId), item: run, expectedVersion: null },
    takeGate(asking, situation, gate),
  );
  return {
    changes,
    admission: { outcome: 'Run', dataset, runId, uploadIds, lastAttempt: 0, discardedAttempt: 0 },
  };
}

function takeGate(asking: Asking, situation: Situation, gate: Gate): Change {
  return {
    key: gateKey(asking.dataset),
    item: { ...gate, holder: asking.runId, holderExecutionArn: asking.executionArn, epoch: gate.epoch + 1 },
    expectedVersion: situation.gate?.version ?? null,
  };
}

function resume(asking: Asking, situation: Situation, run: Versioned<RunRecord>): Decision {
  const { dataset, runId } = asking;
  const { uploadIds, attempt: lastAttempt, discardedAttempt } = run.value;
  const admission: Admission = { outcome: 'Run', dataset, runId, uploadIds, lastAttempt, discardedAttempt };
  const gate = situation.gate?.value ?? FREE_GATE;
  if (gate.holder === runId) return { changes: [], admission };
  if (gate.holder !== null)
    return { changes: [], admission: { outcome: 'Busy', dataset, behind: gate.holder } };
  const changes: Change[] = [
    { key: runKey(dataset, runId), item: { ...run.value, status: 'RUNNING' }, expectedVersion: run.version },
    takeGate(asking, situation, gate),
  ];
  for (const { value, version } of situation.runUploads) {
    // Another run may have taken it since; then its record tells of that one.
    if (value.runId !== runId || value.status !== 'FAILED') continue;
    const item: UploadRecord = { ...value, status: 'RUNNING', reason: null };
    changes.push({ key: uploadKey(dataset, value.upload.uploadId), item, expectedVersion: version });
  }
  return { changes, admission };
}
