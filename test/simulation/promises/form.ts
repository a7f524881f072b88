import type { Column } from '../../../tasks/core/contract.ts';
import type { RunRecord } from '../../../tasks/core/records.ts';
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
 * Promises 7 and 8: BigQuery's table has the columns and types of the newest contract that it was delivered under (those
 * of a run that brought no row may be there too), and each row what the contract of its own run allows, and its
 * provenance.
 */
export function brokenForm(world: World, dataset: string, runs: readonly RunRecord[]): string[] {
  const { warehouse } = world;
  const definition = warehouse.definition({ dataset: TARGET_DATASET, table: dataset });
  if (!definition) return [];
  const contractOf = (runId: unknown) => pinnedContract(world, dataset, String(runId));
  const newestOf = (runIds: unknown[]): Column[] =>
    runIds
      .flatMap((runId) => contractOf(runId) ?? [])
      .toSorted((a, b) => Number(a.version) - Number(b.version))
      .at(-1)?.columns ?? [];
  const delivered = warehouse
    .content({ dataset: TARGET_DATASET, table: `${dataset}__ledger` })
    .filter(({ kind }) => kind === 'run')
    .map((row) => row['run_id']);
  const allowed = fieldsOf(newestOf(runs.map(({ runId }) => runId)));
  const needed = fieldsOf(newestOf(delivered));
  const found = Object.fromEntries(
    definition.fields.map(({ name, type, mode }) => [name, `${type} ${mode}`]),
  );
  return [
    ...Object.keys({ ...needed, ...found })
      .filter((name) => allowed[name] !== found[name])
      .map((name) => `7: ${dataset}'s column ${name} is ${found[name]} and has to be ${allowed[name]}`),
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

const fieldsOf = (columns: Column[]): Record<string, string> => ({
  ...Object.fromEntries(columns.map((column) => [column.name, typeOf(column)])),
  ...Object.fromEntries(Object.entries(PROVENANCE).map(([name, type]) => [name, `${type} REQUIRED`])),
});

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
