import type { Contract } from '../../tasks/core/contract.ts';
import { contractOf } from '../fakes/samples.ts';
import type { LakeRow } from '../fakes/spark-job.ts';
import type { DatasetPlan } from './history.ts';

/** The contract of a dataset in its first, second, ... version: each later one adds a column. */
export function contractVersion(dataset: string, plan: DatasetPlan, version: number): Contract {
  const contract = contractOf();
  const [, note] = contract.columns;
  const added = Array.from({ length: version - 1 }, (_, index) => ({
    ...note,
    name: addedIn(index + 2),
    source: addedIn(index + 2),
  }));
  return contractOf({
    dataset,
    table: dataset,
    version: String(version),
    columns: [...contract.columns, ...(added as Contract['columns'])],
    key: plan.mode === 'merge' ? ['id'] : [],
    write: { mode: plan.mode, orderBy: null },
    engine: plan.engine,
    deliver: plan.deliver,
    quarantineMaxShare: 1,
    latencySeconds: 86_400,
  });
}

/** What a version of the contract makes of a row: it tells under which it was made. */
export const rowUnder = (
  row: LakeRow,
  { version, columns }: Pick<Contract, 'version' | 'columns'>,
): LakeRow => ({
  ...row,
  note: noteUnder(row.note ?? '', version),
  ...Object.fromEntries(
    columns
      .map(({ name }) => name)
      .filter((name) => name.startsWith('added_'))
      .map((name) => [name, name]),
  ),
});

export const noteUnder = (note: string, version: string): string => `${note} (${version})`;

const addedIn = (version: number): string => `added_${version}`;
