import type { Contract } from '../core/contract.ts';
import type { Merge, TableRef } from '../core/google-ports.ts';
import { PROVENANCE } from '../core/provenance.ts';

export interface Sql {
  sql: string;
  parameters: Record<string, QueryParameter>;
}

export interface QueryParameter {
  type: 'STRING' | 'INT64' | 'DATE' | 'DATETIME' | 'TIMESTAMP' | 'STRINGS';
  value: string | number | string[];
}

/** Columns whose values must be the same for a row of the table to be a staged one. */
const IDENTITY = ['_upload_id', '_row', '_run_id'];
const PARTITION_TYPES = { date: 'DATE', timestamp: 'TIMESTAMP', timestamp_ntz: 'DATETIME' } as const;

/**
 * The script that does a merge, all of it or nothing: a script that ends with an open transaction is rolled back.
 * Repeated, it changes nothing but the fence.
 */
export function mergeScript(merge: Merge, nameOf: (ref: TableRef) => string): Sql {
  const { contract, otherColumns, runId, attempt, expectedRows, uploadIds, estimatedBytes } = merge;
  const { mode } = contract.write;
  const names = namesOf(merge, nameOf);
  const { target, staging, ledger, source, sameRow } = names;
  const sql = [
    'BEGIN TRANSACTION',
    // First of all: two transactions that update the same table cannot both be committed.
    `MERGE ${ledger} l USING (SELECT 'fence' AS kind) f ON l.kind = f.kind
     WHEN MATCHED THEN UPDATE SET merges = l.merges + 1, run_id = @run_id, merged_at = CURRENT_TIMESTAMP()
     WHEN NOT MATCHED THEN INSERT (kind, run_id, merges, merged_at) VALUES ('fence', @run_id, 1, CURRENT_TIMESTAMP())`,
    assertion(
      `(SELECT COUNT(*) FROM ${staging}) = @expected`,
      'the staging table does not hold the rows of the change set',
    ),
    ...(mode === 'merge' ? [] : [noteUploads(names)]),
    ...(mode === 'replace'
      ? replaceStatements(contract, names)
      : mergeStatements(contract, otherColumns, names)),
    // What an older run brought of the uploads and this one no longer does: its contract rejects it.
    ...(mode === 'merge'
      ? []
      : [
          `DELETE FROM ${target} _t WHERE _t.${quoted('_upload_id')} IN UNNEST(@uploads) AND _t.${quoted('_run_id')} < @run_id`,
        ]),
    `MERGE ${ledger} l USING (
       SELECT COUNT(*) AS staged, COUNTIF(_t.${quoted('_upload_id')} IS NOT NULL) AS applied
       FROM ${source} _s LEFT JOIN ${target} _t
       ON ${[sameRow, ...IDENTITY.map(same)].join(' AND ')}
     ) c ON l.kind = 'run' AND l.run_id = @run_id
     WHEN MATCHED THEN UPDATE SET attempt = @attempt, rows_staged = c.staged, rows_applied = c.applied,
       rows_superseded = c.staged - c.applied, bytes_estimated = @estimated, merged_at = CURRENT_TIMESTAMP()
     WHEN NOT MATCHED THEN INSERT (kind, run_id, attempt, rows_staged, rows_applied, rows_superseded, bytes_estimated, merged_at)
       VALUES ('run', @run_id, @attempt, c.staged, c.applied, c.staged - c.applied, @estimated, CURRENT_TIMESTAMP())`,
    'COMMIT TRANSACTION',
  ]
    .map((statement) => `${statement};\n`)
    .join('');
  return {
    sql,
    parameters: {
      run_id: { type: 'STRING', value: runId },
      attempt: { type: 'INT64', value: attempt },
      expected: { type: 'INT64', value: expectedRows },
      estimated: { type: 'INT64', value: estimatedBytes },
      ...(mode !== 'merge' && { uploads: { type: 'STRINGS' as const, value: uploadIds } }),
      ...rangeParameters(merge),
    },
  };
}

/** The statement that reads most of a merge, alone: a dry run tells of it what the whole of it costs. */
export function costliestStatement(
  merge: Omit<Merge, 'estimatedBytes'>,
  nameOf: (ref: TableRef) => string,
): Sql {
  const names = namesOf(merge, nameOf);
  const [sql = ''] =
    merge.contract.write.mode === 'replace'
      ? replaceStatements(merge.contract, names)
      : mergeStatements(merge.contract, merge.otherColumns, names);
  return {
    sql: sql.replaceAll(names.current, names.source),
    parameters: rangeParameters(merge),
  };
}

interface Names {
  target: string;
  staging: string;
  ledger: string;
  /** The staged rows, in the types of the table. It is named often, and a query may have no more than 1 MB. */
  source: string;
  /** Those of them that no newer run brought in another form. */
  current: string;
  /** That a staged row `_s` and a row `_t` of the table are of one key, and in a partition that can hold it. */
  sameRow: string;
}

function namesOf(
  { contract, range, ...tables }: Omit<Merge, 'estimatedBytes'>,
  nameOf: (ref: TableRef) => string,
): Names {
  const [target, staging, ledger] = [tables.target, tables.staging, tables.ledger].map(nameOf) as [
    string,
    string,
    string,
  ];
  const times = contract.columns.filter(({ type }) => type.kind === 'time').map(({ name }) => quoted(name));
  const cast = times.map((name) => `CAST(${name} AS TIME) AS ${name}`).join(', ');
  const source = cast ? `(SELECT * REPLACE (${cast}) FROM ${staging})` : staging;
  const current =
    contract.write.mode === 'merge'
      ? source
      : `(SELECT _n.* FROM ${source} _n WHERE NOT EXISTS (SELECT 1 FROM ${ledger} l
          WHERE l.kind = 'upload' AND l.upload_id = _n.${quoted('_upload_id')} AND l.run_id > @run_id))`;
  const key = contract.write.mode === 'merge' ? contract.key : ['_upload_id', '_row'];
  // Constants, for BigQuery leaves partitions out only by what it knows before it reads.
  const within = range ? [`_t.${quoted(range.column)} BETWEEN @range_first AND @range_last`] : [];
  return { target, staging, ledger, source, current, sameRow: [...key.map(same), ...within].join(' AND ') };
}

/** A query that fails unless a condition holds: of ASSERT the documentation does not say that a transaction takes it. */
const assertion = (condition: string, message: string): string =>
  `SELECT IF(${condition}, NULL, ERROR('Assertion failed: ${message}'))`;

/** Which run brought each upload last. An older run, delivered later, changes none of it. */
const noteUploads = ({ ledger }: Names): string =>
  `MERGE ${ledger} l USING (SELECT upload_id FROM UNNEST(@uploads) AS upload_id) u
   ON l.kind = 'upload' AND l.upload_id = u.upload_id
   WHEN MATCHED AND l.run_id < @run_id THEN UPDATE SET run_id = @run_id, merged_at = CURRENT_TIMESTAMP()
   WHEN NOT MATCHED THEN INSERT (kind, upload_id, run_id, merged_at) VALUES ('upload', u.upload_id, @run_id, CURRENT_TIMESTAMP())`;

function mergeStatements(
  contract: Contract,
  otherColumns: string[],
  { target, current, sameRow }: Names,
): string[] {
  const sets = [
    ...columns(contract).map((name) => `${name} = _s.${name}`),
    // What stands there is of the row that gives way.
    ...otherColumns.map((name) => `${quoted(name)} = NULL`),
  ];
  const values = columns(contract).map((name) => `_s.${name}`);
  return [
    `MERGE ${target} _t USING ${current} _s ON ${sameRow}
     WHEN MATCHED AND ${atLeast(rank(contract))} THEN UPDATE SET ${sets.join(', ')}
     WHEN NOT MATCHED THEN INSERT (${namesIn(contract)}) VALUES (${values.join(', ')})`,
    assertion(
      `(SELECT COUNT(*) FROM ${current} _s LEFT JOIN ${target} _t ON ${sameRow}
        WHERE _t.${quoted('_upload_id')} IS NULL) = 0`,
      'a staged row is not in the table',
    ),
    assertion(
      `(SELECT COUNT(*) FROM ${current} _s JOIN ${target} _t ON ${sameRow} WHERE ${greater(rank(contract))}) = 0`,
      'a staged row outranks the row of its key in the table',
    ),
  ];
}

/** A replace table holds the rows of the newest upload: staged ones go in unless the table has a newer upload's. */
function replaceStatements(contract: Contract, { target, current }: Names): string[] {
  const place = (of: string): string =>
    `CONCAT(${of}.${quoted('_upload_order')}, ${of}.${quoted('_upload_id')})`;
  const newest = `(SELECT MAX(${place('_n')}) FROM ${current} _n)`;
  return [
    `DELETE FROM ${target} _t WHERE ${place('_t')} <= ${newest}`,
    `INSERT INTO ${target} (${namesIn(contract)}) SELECT ${namesIn(contract)} FROM ${current}
     WHERE NOT EXISTS (SELECT 1 FROM ${target} _t WHERE ${place('_t')} > ${newest})`,
  ];
}

function rangeParameters({ contract, range }: Omit<Merge, 'estimatedBytes'>): Sql['parameters'] {
  if (!range) return {};
  const kind = contract.columns.find(({ name }) => name === range.column)?.type.kind;
  const type = PARTITION_TYPES[kind as keyof typeof PARTITION_TYPES];
  return { range_first: { type, value: range.first }, range_last: { type, value: range.last } };
}

/** The columns of the rank, the weightiest first; only the contract's order column can be null, which is the least. */
function rank({ write }: Contract): { name: string; nullable: boolean }[] {
  const order = write.orderBy ? [{ name: write.orderBy, nullable: true }] : [];
  return [
    ...order,
    ...['_upload_order', '_upload_id', '_row', '_run_id'].map((name) => ({ name, nullable: false })),
  ];
}

type Rank = ReturnType<typeof rank>;

/** Whether the staged row `_s` outranks the table's row `_t`. GoogleSQL has no order of structs. */
function greater([first, ...rest]: Rank): string {
  if (!first) return 'FALSE';
  const [s, t] = [`_s.${quoted(first.name)}`, `_t.${quoted(first.name)}`];
  const above = first.nullable ? `(${s} > ${t} OR (${s} IS NOT NULL AND ${t} IS NULL))` : `${s} > ${t}`;
  return `(${above} OR (${sameValue(first)} AND ${greater(rest)}))`;
}

function atLeast(columnsOfRank: Rank): string {
  return `(${greater(columnsOfRank)} OR (${columnsOfRank.map(sameValue).join(' AND ')}))`;
}

function sameValue({ name, nullable }: Rank[number]): string {
  const [s, t] = [`_s.${quoted(name)}`, `_t.${quoted(name)}`];
  return nullable ? `(${s} = ${t} OR (${s} IS NULL AND ${t} IS NULL))` : `${s} = ${t}`;
}

/** The table's columns that a staged row has. */
const columns = (contract: Contract): string[] =>
  [...contract.columns, ...PROVENANCE].map(({ name }) => quoted(name));

const namesIn = (contract: Contract): string => columns(contract).join(', ');

const same = (name: string): string => `_t.${quoted(name)} = _s.${quoted(name)}`;

/** Contracts allow letters, digits and underscores only: nothing in a name can end the quotes. */
const quoted = (name: string): string => `\`${name}\``;
