import * as z from 'zod';

/**
 * The compiled contract: what `tidegate check` makes of a dataset's `contract.odcs.yaml` (ODCS v3.1.0). The Lambdas
 * and the Spark job read only this form; it is pinned into the run's folder when a run begins.
 */

/** States carry the ids and outcomes of a batch: more of them would come near Step Functions' 256 KiB. */
export const MAX_BATCH_UPLOADS = 500;
/** What a dataset is called: its folder, and the prefix of its uploads. */
export const DATASET_NAME = /^[a-z][a-z0-9_-]{0,62}$/;
/** How a CSV's text may be written. */
export const ENCODINGS = ['UTF-8', 'ISO-8859-1', 'windows-1252', 'UTF-16', 'UTF-16LE', 'UTF-16BE'] as const;
export const DEFAULT_BATCH = { maxUploads: 200, maxBytes: 50_000_000_000 };

/** A column's type. BigQuery, Iceberg and Spark types follow from it. */
export const columnTypeSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('string') }),
  z.strictObject({ kind: z.literal('integer') }),
  z.strictObject({
    kind: z.literal('decimal'),
    precision: z.int().min(1).max(38),
    scale: z.int().min(0).max(38),
  }),
  z.strictObject({ kind: z.literal('double') }),
  z.strictObject({ kind: z.literal('boolean') }),
  z.strictObject({ kind: z.literal('date') }),
  /** An instant; text without a zone is read as UTC. */
  z.strictObject({ kind: z.literal('timestamp') }),
  /** A wall-clock time without a zone. */
  z.strictObject({ kind: z.literal('timestamp_ntz') }),
  z.strictObject({ kind: z.literal('time') }),
]);

/** Rules on one column's values; `pattern` matches the whole text, bounds hold inclusively. */
export const columnRulesSchema = z.strictObject({
  minLength: z.int().min(0).optional(),
  maxLength: z.int().min(0).optional(),
  pattern: z.string().optional(),
  /** Bounds are text, so that a 38-digit decimal or a date stays exact. */
  minimum: z.string().optional(),
  maximum: z.string().optional(),
  exclusiveMinimum: z.string().optional(),
  exclusiveMaximum: z.string().optional(),
  multipleOf: z.string().optional(),
  enumeration: z.array(z.string()).min(1).optional(),
});

const columnSchema = z.strictObject({
  /** Name in Iceberg and BigQuery. */
  name: z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,127}$/),
  /** Name in the CSV's header. */
  source: z.string().min(1),
  /** Not in the CSV: `transform` fills it, and `source` has no meaning. */
  derived: z.literal(true).optional(),
  type: columnTypeSchema,
  required: z.boolean(),
  unique: z.boolean(),
  description: z.string(),
  /** Spark datetime pattern of the text; null: ISO 8601. */
  format: z.string().nullable(),
  rules: columnRulesSchema,
});

export const tableRuleSchema = z.strictObject({
  name: z.string(),
  /** `rows`: count of an upload's rows; `freshnessSeconds`: age of the newest order value. */
  measure: z.enum(['rows', 'freshnessSeconds']),
  operator: z.enum([
    'mustBe',
    'mustBeGreaterThan',
    'mustBeGreaterOrEqualTo',
    'mustBeLessThan',
    'mustBeLessOrEqualTo',
  ]),
  value: z.number(),
});

export const contractSchema = z.strictObject({
  formatVersion: z.literal(1),
  dataset: z.string().regex(DATASET_NAME),
  /** Table name in Iceberg and BigQuery. */
  table: z.string().regex(/^[a-z][a-z0-9_]{0,127}$/),
  contractId: z.string(),
  version: z.string(),
  description: z.string(),
  columns: z.array(columnSchema).min(1),
  /** Column names of the primary key in order; empty for append and replace tables without one. */
  key: z.array(z.string()),
  partitionBy: z.array(z.string()),
  /** SQL predicates over one row's columns; a row for which one is not true is quarantined. */
  rowRules: z.array(z.strictObject({ name: z.string(), predicate: z.string() })),
  tableRules: z.array(tableRuleSchema),
  csv: z.strictObject({
    delimiter: z.string().length(1),
    quote: z.string().length(1).nullable(),
    /** The character that escapes a quote inside quotes; equal to `quote` for doubled quotes. */
    escape: z.string().length(1).nullable(),
    encoding: z.enum(ENCODINGS),
    header: z.boolean(),
    /** Unquoted texts that mean null. */
    nulls: z.array(z.string()),
    multiLine: z.boolean(),
    skipRows: z.int().min(0),
    comment: z.string().length(1).nullable(),
    decimalComma: z.boolean(),
  }),
  write: z.strictObject({ mode: z.enum(['merge', 'append', 'replace']), orderBy: z.string().nullable() }),
  unknownColumns: z.enum(['reject', 'ignore']),
  /** Above this share of quarantined rows (0 to 1) the whole upload is rejected. */
  quarantineMaxShare: z.number().min(0).max(1),
  engine: z.enum(['auto', 'emr', 'glue']),
  deliver: z.enum(['bigquery', 'none']),
  export: z.array(z.enum(['csv'])),
  maxCostPerRunUsd: z.number().positive().nullable(),
  /** How much one run takes of what waits. */
  batch: z
    .strictObject({
      maxUploads: z.int().min(1).max(MAX_BATCH_UPLOADS),
      /** As stored. One upload that is larger makes a run of its own. */
      maxBytes: z.number().positive(),
    })
    .default(DEFAULT_BATCH),
  /** From upload to BigQuery: what a plan must keep. */
  latencySeconds: z.number().positive(),
  /** How often an upload is expected, if the contract says so. */
  frequencySeconds: z.number().positive().optional(),
  /** Reference tables of the second source bucket, as views for `transform`. */
  references: z.array(
    z.strictObject({
      name: z.string(),
      location: z.string(),
      format: z.enum(['csv', 'parquet', 'iceberg']),
    }),
  ),
  /** Spark SQL of `transform.sql`, or null. */
  transform: z.string().nullable(),
});

export type Contract = z.infer<typeof contractSchema>;
export type Column = z.infer<typeof columnSchema>;
export type ColumnType = z.infer<typeof columnTypeSchema>;
