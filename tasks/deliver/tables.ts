import type { Column, ColumnType, Contract } from '../core/contract.ts';
import type { TableDefinition, TableField } from '../core/google-ports.ts';
import { PROVENANCE } from '../core/provenance.ts';

/** A NUMERIC has up to 29 digits before the point and 9 behind it. */
const NUMERIC_WHOLE_DIGITS = 29;
const NUMERIC_SCALE = 9;
const MAX_CLUSTER_FIELDS = 4;
/** Limits of BigQuery (Google Cloud: BigQuery, "Quotas and limits", tables). */
const MAX_TABLE_DESCRIPTION = 16_384;
const MAX_COLUMN_DESCRIPTION = 1024;
const CLUSTERABLE = new Set([
  'string',
  'integer',
  'decimal',
  'boolean',
  'date',
  'timestamp',
  'timestamp_ntz',
]);
/** What BigQuery's primary keys may have ("TABLE_CONSTRAINTS view", limitations), but decimals: it widens none in a key. */
const MAX_KEY_FIELDS = 16;
const KEY_KINDS = new Set(['string', 'integer', 'boolean', 'date', 'timestamp', 'timestamp_ntz']);
const PARTITIONABLE = new Set(['date', 'timestamp', 'timestamp_ntz']);

/** The dataset's table. */
export function tableOf(contract: Contract): TableDefinition {
  const kinds = new Map(contract.columns.map(({ name, type }) => [name, type.kind]));
  const partitionField = contract.partitionBy.find((name) => PARTITIONABLE.has(kinds.get(name) ?? ''));
  // Rows that a merge looks for lie together: those of a key, or, without one, those of an upload.
  const sought = contract.key.length > 0 ? contract.key : ['_upload_id'];
  const clusterFields = [...new Set([...contract.partitionBy, ...sought])]
    .filter((name) => name !== partitionField && CLUSTERABLE.has(kinds.get(name) ?? 'string'))
    .slice(0, MAX_CLUSTER_FIELDS);
  const keepsKey =
    contract.key.length <= MAX_KEY_FIELDS &&
    contract.key.every((name) => KEY_KINDS.has(kinds.get(name) ?? ''));
  return {
    fields: [...contract.columns.map((column) => fieldOf(column)), ...PROVENANCE],
    ...(contract.description && { description: contract.description.slice(0, MAX_TABLE_DESCRIPTION) }),
    labels: { tidegate_dataset: contract.dataset },
    ...(partitionField && { partitionField }),
    clusterFields,
    primaryKey: keepsKey ? contract.key : [],
  };
}

/**
 * The staging table of one load: what Parquet holds, a time of day as text. BigQuery refuses a file that does not say
 * itself that a required column has no nulls, so none is: the merge finds them.
 */
export function stagingOf(contract: Contract, expirationTime: number): TableDefinition {
  const fields = tableOf(contract).fields.map(
    ({ description: _, ...field }): TableField => ({
      ...field,
      ...(field.type === 'TIME' && { type: 'STRING' }),
      mode: 'NULLABLE',
    }),
  );
  return { fields, expirationTime };
}

/**
 * The ledger: one row that every merge updates, so that two never both go through unseen; one for each run; and for
 * append and replace tables one for each upload, which tells the newest run that brought it.
 */
export const LEDGER: TableDefinition = {
  description: 'What Tidegate merged. Its merges rely on it: leave it as it is.',
  fields: [
    { name: 'kind', type: 'STRING', mode: 'REQUIRED', description: '"fence", "run" or "upload".' },
    { name: 'run_id', type: 'STRING', mode: 'REQUIRED', description: 'The run that wrote the row last.' },
    { name: 'merged_at', type: 'TIMESTAMP', mode: 'REQUIRED', description: 'When it did.' },
    {
      name: 'merges',
      type: 'INT64',
      mode: 'NULLABLE',
      description: 'Of the fence: how many merges there were.',
    },
    { name: 'upload_id', type: 'STRING', mode: 'NULLABLE', description: 'Of an upload: which.' },
    { name: 'attempt', type: 'INT64', mode: 'NULLABLE', description: 'Of a run: whose change set it was.' },
    {
      name: 'rows_staged',
      type: 'INT64',
      mode: 'NULLABLE',
      description: 'Of a run: rows of the change set.',
    },
    {
      name: 'rows_applied',
      type: 'INT64',
      mode: 'NULLABLE',
      description: 'Of a run: staged rows that are in the table now.',
    },
    {
      name: 'rows_superseded',
      type: 'INT64',
      mode: 'NULLABLE',
      description: 'Of a run: staged rows that the table had newer ones for.',
    },
    {
      name: 'bytes_estimated',
      type: 'INT64',
      mode: 'NULLABLE',
      description: 'Of a run: what its merge was to read, by a dry run.',
    },
  ],
};

/** BigQuery's types; that of a decimal depends on its digits. */
const TYPES = {
  string: 'STRING',
  integer: 'INT64',
  double: 'FLOAT64',
  boolean: 'BOOL',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
  timestamp_ntz: 'DATETIME',
  time: 'TIME',
} as const satisfies Record<Exclude<ColumnType['kind'], 'decimal'>, string>;

function fieldOf({ name, type, required, description }: Column): TableField {
  const field = {
    name,
    mode: required ? 'REQUIRED' : 'NULLABLE',
    ...(description && { description: description.slice(0, MAX_COLUMN_DESCRIPTION) }),
  } as const;
  if (type.kind !== 'decimal') return { ...field, type: TYPES[type.kind] };
  const { precision, scale } = type;
  const fits = scale <= NUMERIC_SCALE && precision - scale <= NUMERIC_WHOLE_DIGITS;
  const size = { precision: String(precision), scale: String(scale) };
  return { ...field, type: fits ? 'NUMERIC' : 'BIGNUMERIC', ...size };
}
