import type { Contract } from '../core/contract.ts';
import { PROVENANCE } from './tables.ts';

/** Names of the tables of one delivery, as SQL has them. */
export interface MergeTables {
  target: string;
  staging: string;
  ledger: string;
}

/** Columns whose values must be the same for a row of the table to be a staged one. */
const IDENTITY = ['_upload_id', '_row', '_run_id'];

/**
 * The script that merges a staging table into the dataset's table, all of it or nothing: a script that ends with an
 * open transaction is rolled back. Repeated, it changes nothing but the fence. Parameters: `run_id` STRING,
 * `attempt` INT64, `expected` INT64 (rows that must be staged).
 */
export function mergeScript(contract: Contract, tables: MergeTables): string {
  const { target, staging, ledger } = tables;
  const key = contract.write.mode === 'merge' ? contract.key : ['_upload_id', '_row'];
  const sameKey = key.map((name) => `t.${quoted(name)} = s.${quoted(name)}`).join(' AND ');
  const source = `(SELECT ${columns(contract)
    .map(({ name, from }) => `${from} AS ${quoted(name)}`)
    .join(', ')} FROM ${staging})`;
  return [
    'BEGIN TRANSACTION',
    // First of all: two transactions that update the same table cannot both be committed.
    `MERGE ${ledger} l USING (SELECT 'fence' AS kind) f ON l.kind = f.kind
     WHEN MATCHED THEN UPDATE SET merges = l.merges + 1, run_id = @run_id, merged_at = CURRENT_TIMESTAMP()
     WHEN NOT MATCHED THEN INSERT (kind, run_id, merges, merged_at) VALUES ('fence', @run_id, 1, CURRENT_TIMESTAMP())`,
    `ASSERT (SELECT COUNT(*) FROM ${staging}) = @expected AS 'the staging table does not hold the rows of the change set'`,
    ...(contract.write.mode === 'replace'
      ? replaceStatements(contract, tables, source)
      : [
          `MERGE ${target} t USING ${source} s ON ${sameKey}
           WHEN MATCHED AND ${atLeast(rank(contract))} THEN UPDATE SET ${columns(contract)
             .map(({ name }) => `${quoted(name)} = s.${quoted(name)}`)
             .join(', ')}
           WHEN NOT MATCHED THEN INSERT (${names(contract)}) VALUES (${columns(contract)
             .map(({ name }) => `s.${quoted(name)}`)
             .join(', ')})`,
          `ASSERT (SELECT COUNT(*) FROM ${source} s LEFT JOIN ${target} t ON ${sameKey}
            WHERE t.${quoted('_upload_id')} IS NULL) = 0 AS 'a staged row is not in the table'`,
          `ASSERT (SELECT COUNT(*) FROM ${source} s JOIN ${target} t ON ${sameKey}
            WHERE ${greater(rank(contract))}) = 0 AS 'a staged row outranks the row of its key in the table'`,
        ]),
    `MERGE ${ledger} l USING (
       SELECT COUNT(*) AS staged, COUNTIF(t.${quoted('_upload_id')} IS NOT NULL) AS applied
       FROM ${staging} s LEFT JOIN ${target} t
       ON ${[...new Set([...key, ...IDENTITY])].map((name) => `t.${quoted(name)} = s.${quoted(name)}`).join(' AND ')}
     ) c ON l.kind = 'run' AND l.run_id = @run_id
     WHEN MATCHED THEN UPDATE SET attempt = @attempt, rows_staged = c.staged, rows_applied = c.applied,
       rows_superseded = c.staged - c.applied, merged_at = CURRENT_TIMESTAMP()
     WHEN NOT MATCHED THEN INSERT (kind, run_id, attempt, rows_staged, rows_applied, rows_superseded, merged_at)
       VALUES ('run', @run_id, @attempt, c.staged, c.applied, c.staged - c.applied, CURRENT_TIMESTAMP())`,
    'COMMIT TRANSACTION',
  ]
    .map((statement) => `${statement};\n`)
    .join('');
}

/** A replace table holds the rows of the newest upload: staged ones go in unless the table has a newer upload's. */
function replaceStatements(contract: Contract, { target, staging }: MergeTables, source: string): string[] {
  const place = (of: string): string =>
    `CONCAT(${of}.${quoted('_upload_order')}, ${of}.${quoted('_upload_id')})`;
  const newest = `(SELECT MAX(${place('n')}) FROM ${staging} n)`;
  return [
    `DELETE FROM ${target} t WHERE ${place('t')} <= ${newest}`,
    `INSERT INTO ${target} (${names(contract)}) SELECT ${names(contract)} FROM ${source} s
     WHERE NOT EXISTS (SELECT 1 FROM ${target} t WHERE ${place('t')} > ${newest})`,
  ];
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

/** Whether the staged row `s` outranks the table's row `t`. GoogleSQL has no order of structs. */
function greater([first, ...rest]: Rank): string {
  if (!first) return 'FALSE';
  const [s, t] = [`s.${quoted(first.name)}`, `t.${quoted(first.name)}`];
  const above = first.nullable ? `(${s} > ${t} OR (${s} IS NOT NULL AND ${t} IS NULL))` : `${s} > ${t}`;
  const same = first.nullable ? `(${s} = ${t} OR (${s} IS NULL AND ${t} IS NULL))` : `${s} = ${t}`;
  return `(${above} OR (${same} AND ${greater(rest)}))`;
}

function atLeast(columnsOfRank: Rank): string {
  const last = columnsOfRank.at(-1);
  const same = columnsOfRank.map(({ name, nullable }) => {
    const [s, t] = [`s.${quoted(name)}`, `t.${quoted(name)}`];
    return nullable ? `(${s} = ${t} OR (${s} IS NULL AND ${t} IS NULL))` : `${s} = ${t}`;
  });
  return last ? `(${greater(columnsOfRank)} OR (${same.join(' AND ')}))` : 'TRUE';
}

/** The table's columns, and how each is read from the staging table. */
function columns(contract: Contract): { name: string; from: string }[] {
  const own = contract.columns.map(({ name, type }) => ({
    name,
    from: type.kind === 'time' ? `CAST(${quoted(name)} AS TIME)` : quoted(name),
  }));
  return [...own, ...PROVENANCE.map(({ name }) => ({ name, from: quoted(name) }))];
}

const names = (contract: Contract): string =>
  columns(contract)
    .map(({ name }) => quoted(name))
    .join(', ');

/** Contracts allow letters, digits and underscores only: nothing in a name can end the quotes. */
const quoted = (name: string): string => `\`${name}\``;
