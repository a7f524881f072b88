import { spawnSync } from 'node:child_process';
import path from 'node:path';
import type { Contract } from '../../tasks/core/contract.ts';
import type { RankedRow } from './ranked-rows.ts';

const ROOT = path.join(import.meta.dirname, '../..');

export interface ParquetFile {
  /** Name, type as in a contract (`decimal(p,s)`), whether required. */
  fields: [string, string, boolean][];
  /** Values as text. */
  rows: Record<string, unknown>[];
}

/** Parquet files of rows. */
export function parquet(...files: ParquetFile[]): Buffer[] {
  const written = spawnSync(
    path.join(ROOT, '.venv/bin/python'),
    [path.join(ROOT, 'test/fakes/write_parquet.py')],
    { input: JSON.stringify(files), encoding: 'utf8', maxBuffer: 1 << 28 },
  );
  if (written.status !== 0) throw new Error(written.stderr);
  return (JSON.parse(written.stdout) as string[]).map((content) => Buffer.from(content, 'base64'));
}

/** Parts of change sets, as the Spark job writes them for their contracts; whether a column may be null is left open. */
export function changeSetParts(...parts: { contract: Contract; rows: RankedRow[] }[]): Buffer[] {
  return parts.length === 0
    ? []
    : parquet(...parts.map(({ contract, rows }) => ({ fields: fieldsOf(contract), rows })));
}

const fieldsOf = (contract: Contract): ParquetFile['fields'] => [
  ...contract.columns.map(({ name, type }): ParquetFile['fields'][number] => [
    name,
    type.kind === 'decimal' ? `decimal(${type.precision},${type.scale})` : type.kind,
    false,
  ]),
  ...PROVENANCE,
];

const PROVENANCE: ParquetFile['fields'] = [
  ['_upload_id', 'string', false],
  ['_row', 'integer', false],
  ['_run_id', 'string', false],
  ['_uploaded_at', 'timestamp', false],
  ['_upload_order', 'string', false],
];
