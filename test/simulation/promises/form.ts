import type { Column } from '../../../tasks/core/contract.ts';
import { TARGET_DATASET } from '../environment.ts';
import type { World } from '../world.ts';
import { pinnedContract } from './expected-rows.ts';

const TYPES: Partial<Record<Column['type']['kind'], string>> = { integer: 'INT64', string: 'STRING' };
const PROVENANCE = {
  _upload_id: 'STRING',
  _row: 'INT64',
  _run_id: 'STRING',
  _uploaded_at: 'TIMESTAMP',
  _upload_order: 'STRING',
};

/**
 * Promises 7 and 8: BigQuery's table has the columns and types of the newest contract that it was delivered under, and
 * each row what the contract of its own run allows, and its provenance.
 */
export function brokenForm(world: World, dataset: string): string[] {
  const { warehouse } = world;
  const definition = warehouse.definition({ dataset: TARGET_DATASET, table: dataset });
  if (!definition) return [];
  const contractOf = (runId: unknown) => pinnedContract(world, dataset, String(runId));
  const delivered = warehouse
    .content({ dataset: TARGET_DATASET, table: `${dataset}__ledger` })
    .filter(({ kind }) => kind === 'run')
    .flatMap((row) => contractOf(row['run_id']) ?? []);
  const newest = delivered.toSorted((a, b) => Number(a.version) - Number(b.version)).at(-1);
  if (!newest) return [];
  const wanted = {
    ...Object.fromEntries(newest.columns.map((column) => [column.name, typeOf(column)])),
    ...Object.fromEntries(Object.entries(PROVENANCE).map(([name, type]) => [name, `${type} REQUIRED`])),
  };
  const found = Object.fromEntries(
    definition.fields.map(({ name, type, mode }) => [name, `${type} ${mode}`]),
  );
  const names = new Set([...Object.keys(wanted), ...Object.keys(found)]);
  return [
    ...[...names]
      .filter((name) => wanted[name] !== found[name])
      .map((name) => `7: ${dataset}'s column ${name} is ${found[name]} and has to be ${wanted[name]}`),
    ...warehouse.content({ dataset: TARGET_DATASET, table: dataset }).flatMap((row) => {
      const columns = contractOf(row['_run_id'])?.columns ?? [];
      return Object.entries(row)
        .filter(([name, value]) => !isAllowed(name, value, columns))
        .map(
          ([name, value]) =>
            `7: ${dataset} has ${name} ${JSON.stringify(value)} in a row of ${row['_run_id']}`,
        );
    }),
  ];
}

const typeOf = ({ type, required }: Column): string =>
  `${TYPES[type.kind]} ${required ? 'REQUIRED' : 'NULLABLE'}`;

/** A column that a later contract added has nothing in rows from before. */
function isAllowed(name: string, value: unknown, columns: Column[]): boolean {
  if (name in PROVENANCE) return value !== null;
  const column = columns.find((each) => each.name === name);
  if (!column) return value === null;
  if (value === null) return !column.required;
  return column.type.kind === 'integer' ? Number.isInteger(value) : typeof value === 'string';
}
