import * as z from 'zod';
import { uploadSchema } from './batch.ts';
import type { ItemKey } from './ports.ts';

/**
 * What the state table holds. All of a dataset is in one partition: its gate, its uploads, a marker for each upload
 * that waits, its runs, a marker for each run whose change set BigQuery may be owed, and when it was woken. Beside them: which datasets there are, which dataset a run is of, what
 * was done about an execution that ended badly, and the clusters that are kept warm.
 */

export const datasetPartition = (dataset: string): string => `dataset#${dataset}`;
export const gateKey = (dataset: string): ItemKey => ({ pk: datasetPartition(dataset), sk: 'gate' });
export const uploadKey = (dataset: string, uploadId: string): ItemKey => ({
  pk: datasetPartition(dataset),
  sk: `upload#${uploadId}`,
});
/** Sort-key prefix of a dataset's runs, oldest first. */
export const RUN_PREFIX = 'run#';
export const runKey = (dataset: string, runId: string): ItemKey => ({
  pk: datasetPartition(dataset),
  sk: `${RUN_PREFIX}${runId}`,
});
/** Sort-key prefix of the uploads that wait, oldest first. */
export const WAITING_PREFIX = 'waiting#';
export const waitingKey = (dataset: string, orderStamp: string, uploadId: string): ItemKey => ({
  pk: datasetPartition(dataset),
  sk: `${WAITING_PREFIX}${orderStamp}#${uploadId}`,
});
/** Sort-key prefix of the runs that may have merged and did not deliver, oldest first. */
export const OWED_PREFIX = 'owed#';
export const owedKey = (dataset: string, runId: string): ItemKey => ({
  pk: datasetPartition(dataset),
  sk: `${OWED_PREFIX}${runId}`,
});
export const wakeKey = (dataset: string): ItemKey => ({ pk: datasetPartition(dataset), sk: 'wake' });
/** Partition of the datasets that ever had a run; the sort key is the dataset. */
export const DATASETS = 'datasets';
export const datasetKey = (dataset: string): ItemKey => ({ pk: DATASETS, sk: dataset });
export const runIndexKey = (runId: string): ItemKey => ({ pk: `run#${runId}`, sk: 'dataset' });
export const endingKey = (executionArn: string, redriveCount: number): ItemKey => ({
  pk: `execution#${executionArn}`,
  sk: `ending#${redriveCount}`,
});
/** Partition of the clusters that were returned warm; the sort key is the cluster's id. */
export const WARM_CLUSTERS = 'clusters';
export const warmClusterKey = (clusterId: string): ItemKey => ({ pk: WARM_CLUSTERS, sk: clusterId });

/** A write takes 100 items: a run, and up to two for each of its uploads. */
export const UPLOADS_PER_WRITE = 49;

const generation = z.int().min(0);

export const gateSchema = z.strictObject({
  /** The run that holds the gate, or null. */
  holder: z.string().nullable(),
  holderExecutionArn: z.string().nullable(),
  /** Raised by every admission. */
  epoch: generation,
  /** The run that waits for the gate and is next, unless it did not ask again until then. */
  reserved: z.strictObject({ runId: z.string(), until: z.iso.datetime() }).nullable(),
});

export const FREE_GATE: Gate = { holder: null, holderExecutionArn: null, epoch: 0, reserved: null };

const uploadStatusSchema = z.enum(['WAITING', 'RUNNING', 'LOADED', 'REJECTED', 'GONE', 'FAILED']);

/** A file of mended rows of an upload, and the generation of the upload from which on it counts. */
const mendSchema = z.strictObject({ key: z.string(), versionId: z.string(), generation });

export const uploadRecordSchema = z.strictObject({
  upload: uploadSchema,
  /** WAITING exactly as long as there is a marker for it. */
  status: uploadStatusSchema,
  /** The generation that replays ask for, and the one that a run took last. */
  wanted: generation,
  taken: generation,
  /** The execution whose replay raised `wanted` last, so that a repeated call does not raise it again. */
  replayedBy: z.string().nullable(),
  /** The run that took it last. */
  runId: z.string().nullable(),
  /** Why it is REJECTED, GONE or FAILED. */
  reason: z.string().nullable(),
  /** Files of rows that people mended, oldest first; absent: none ever came. */
  mends: z.array(mendSchema).optional(),
});

/** The marker of an upload that waits: what a batch is chosen by. */
export const waitingSchema = z.strictObject({
  uploadId: z.string(),
  sizeBytes: z.int().min(0),
  wanted: generation,
});

/** Written when a run fails whose Spark job was begun, removed when its change set is delivered or given up. */
export const owedSchema = z.strictObject({ runId: z.string() });

export const runRecordSchema = z.strictObject({
  runId: z.string(),
  dataset: z.string(),
  executionArn: z.string(),
  startedAt: z.iso.datetime(),
  status: z.enum(['RUNNING', 'SUCCEEDED', 'FAILED']),
  /** How often its execution had been redriven when it was admitted last. */
  redriveCount: generation,
  /** Its batch, fixed when the run began, and the generation of each upload that it takes. */
  uploads: z.array(z.strictObject({ uploadId: z.string(), generation })).min(1),
  /** How many attempts of the Spark job were begun. */
  attempt: generation,
  /** Attempts up to this one are not gone on from: their output did not verify. */
  discardedAttempt: generation,
  /** The engine, size and price that PlanRun chose for the newest attempt, with its reasons. */
  plan: z.record(z.string(), z.unknown()).nullable(),
  /** What it came to: rows, seconds, cost, for people and for the cost model. */
  outcome: z.record(z.string(), z.unknown()).nullable(),
});

/** When a dataset with waiting uploads and a free gate was last given an execution, and how often since its epoch. */
export const wakeSchema = z.strictObject({ epoch: generation, count: generation, at: z.iso.datetime() });

/** What was done about one ending of an execution that did not succeed. */
export const endingSchema = z.strictObject({
  /** SENDING: somebody is at it, or died over it. */
  alert: z.enum(['NONE', 'SENDING', 'SENT']),
  alertAt: z.iso.datetime().nullable(),
  /** Nothing of it runs, and it holds no gate. */
  clean: z.boolean(),
});

/** The compute of a cluster, as far as another run must know it. */
export const clusterShapeSchema = z.strictObject({
  releaseLabel: z.string(),
  instanceType: z.string(),
  instanceCount: z.int().min(1),
  /** How many of its nodes were asked for as spot instances. */
  spotCount: z.int().min(0).default(0),
});

export const warmClusterSchema = z.strictObject({
  clusterId: z.string(),
  shape: clusterShapeSchema,
  /** The attempt that has it; null: it is idle. */
  lease: z.strictObject({ dataset: z.string(), runId: z.string(), attempt: z.int().min(1) }).nullable(),
  /** An idle one ends then. */
  keptUntil: z.iso.datetime(),
});

export type Gate = z.infer<typeof gateSchema>;
export type UploadRecord = z.infer<typeof uploadRecordSchema>;
export type Mend = z.infer<typeof mendSchema>;
export type UploadStatus = z.infer<typeof uploadStatusSchema>;
export type RunRecord = z.infer<typeof runRecordSchema>;
export type Ending = z.infer<typeof endingSchema>;
export type ClusterShape = z.infer<typeof clusterShapeSchema>;
export type WarmCluster = z.infer<typeof warmClusterSchema>;
