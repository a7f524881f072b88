import * as z from 'zod';
import { columnTypeSchema } from './contract.ts';

/** The last file an attempt of the Spark job writes: `<attempt folder>/manifest.json`. Counts are rows. */

const count = z.int().min(0);
const partSchema = z.strictObject({
  /** `s3://` URI of one file. */
  path: z.string().startsWith('s3://'),
  rows: count,
  bytes: count,
});

/** One kind of finding in one upload, with how often and one example. */
const reasonSchema = z.strictObject({
  rule: z.string(),
  column: z.string().nullable(),
  count,
  example: z.strictObject({ row: count.nullable(), value: z.string().nullable() }),
  /** The rule for people, with what the contract says; absent where the upload as a whole breaks it. */
  meaning: z.string().optional(),
  /** For people: what was expected, what came. */
  message: z.string(),
});

export const manifestSchema = z.strictObject({
  formatVersion: z.literal(1),
  dataset: z.string(),
  runId: z.string(),
  attempt: z.int().min(1),
  sparkVersion: z.string(),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  /** Wall-clock seconds per stage of the job. */
  stageSeconds: z.record(z.string(), z.number()),
  /** vCPUs that the executors had on the mean, where Spark told: a cluster may grow while the job runs. */
  executorCores: z.number().min(0).optional(),
  table: z.strictObject({
    /** As Spark names it: `lake.tidegate.<table>`. */
    identifier: z.string(),
    /** Iceberg's snapshot after the merge; null when nothing was merged. */
    snapshotId: z.string().nullable(),
    columns: z.array(z.strictObject({ name: z.string(), type: columnTypeSchema, required: z.boolean() })),
  }),
  /** Sums over the uploads that are LOADED: read = kept + quarantined, kept = current + superseded. */
  rows: z.strictObject({ read: count, kept: count, quarantined: count, current: count, superseded: count }),
  uploads: z.array(
    z.strictObject({
      uploadId: z.string(),
      outcome: z.enum(['LOADED', 'REJECTED']),
      read: count,
      kept: count,
      quarantined: count,
      current: count,
      superseded: count,
      /** As it stands in the file, without its line end, or else of the contract's names; absent: it does not fit. */
      header: z.string().optional(),
      reasons: z.array(reasonSchema),
      /** Files of mended rows that do not count, by the names that people gave them, and why; absent: none. */
      mendsNotTaken: z.array(z.strictObject({ name: z.string(), message: z.string() })).optional(),
    }),
  ),
  /** The change set: the rows of the batch that are the current ones of their keys. */
  changes: z.strictObject({ parts: z.array(partSchema) }),
  quarantine: z.strictObject({ parts: z.array(partSchema) }),
  /** The change set as CSV, where the contract exports it. */
  exports: z.strictObject({ parts: z.array(partSchema) }).optional(),
});

export type Manifest = z.infer<typeof manifestSchema>;
