import * as z from 'zod';
import { uploadSchema } from './batch.ts';
import type { ItemKey } from './ports.ts';

/**
 * What the state table holds, all of a dataset in one partition: its gate, its uploads, a marker for each upload that
 * waits, its runs, and a marker for each run whose change set BigQuery may be owed.
 */

const partition = (dataset: string): string => `dataset#${dataset}`;
export const gateKey = (dataset: string): ItemKey => ({ pk: partition(dataset), sk: 'gate' });
export const uploadKey = (dataset: string, uploadId: string): ItemKey => ({
  pk: partition(dataset),
  sk: `upload#${uploadId}`,
});
export const runKey = (dataset: string, runId: string): ItemKey => ({
  pk: partition(dataset),
  sk: `run#${runId}`,
});
/** Sort-key prefix of a dataset's runs, oldest first. */
export const RUN_PREFIX = 'run#';
/** Sort-key prefix of the uploads that wait, oldest first. */
export const WAITING_PREFIX = 'waiting#';
export const waitingKey = (dataset: string, orderStamp: string, uploadId: string): ItemKey => ({
  pk: partition(dataset),
  sk: `${WAITING_PREFIX}${orderStamp}#${uploadId}`,
});
/** Sort-key prefix of the runs that may have merged and did not deliver, oldest first. */
export const OWED_PREFIX = 'owed#';
export const owedKey = (dataset: string, runId: string): ItemKey => ({
  pk: partition(dataset),
  sk: `${OWED_PREFIX}${runId}`,
});
export const datasetPartition = partition;

const generation = z.int().min(0);

export const gateSchema = z.strictObject({
  /** The run that holds the gate, or null. */
  holder: z.string().nullable(),
  holderExecutionArn: z.string().nullable(),
  /** Raised by every admission. */
  epoch: generation,
  /** Raised by every upload that joins the queue: who releases the gate names the count it saw. */
  queued: generation,
});

export const uploadStatusSchema = z.enum(['WAITING', 'RUNNING', 'LOADED', 'REJECTED', 'GONE', 'FAILED']);

export const uploadRecordSchema = z.strictObject({
  upload: uploadSchema,
  status: uploadStatusSchema,
  /** The generation that replays ask for, and the one that a run took last. */
  wanted: generation,
  taken: generation,
  /** The executions whose replay raised `wanted` last, so that a repeated call does not raise it again. */
  replayedBy: z.string().nullable(),
  /** The run that took it last. */
  runId: z.string().nullable(),
  /** Why it is REJECTED, GONE or FAILED. */
  reason: z.string().nullable(),
});

export const waitingSchema = z.strictObject({ uploadId: z.string() });

/** Written when a run fails whose Spark job was begun, removed when its change set is delivered or given up. */
export const owedSchema = z.strictObject({ runId: z.string() });

export const runRecordSchema = z.strictObject({
  runId: z.string(),
  dataset: z.string(),
  executionArn: z.string(),
  startedAt: z.iso.datetime(),
  status: z.enum(['RUNNING', 'SUCCEEDED', 'FAILED']),
  uploadIds: z.array(z.string()).min(1),
  /** How many attempts of the Spark job were begun. */
  attempt: generation,
  /** Attempts up to this one are not gone on from: their output did not verify. */
  discardedAttempt: generation,
  /** The engine, size and price that PlanRun chose for the newest attempt, with its reasons. */
  plan: z.record(z.string(), z.unknown()).nullable(),
  /** What it came to: rows, seconds, cost, for people and for the cost model. */
  outcome: z.record(z.string(), z.unknown()).nullable(),
});

export type Gate = z.infer<typeof gateSchema>;
export type UploadRecord = z.infer<typeof uploadRecordSchema>;
export type UploadStatus = z.infer<typeof uploadStatusSchema>;
export type RunRecord = z.infer<typeof runRecordSchema>;
