import type { Column, Contract } from '../contract.ts';
import { PROVENANCE } from '../provenance.ts';
import { counted } from '../telling/counted.ts';
import type { Place } from './place.ts';

/** BigQuery: "Quotas and limits": columns of a table, and the length of a query, of which the names of tables need some. */
const maxColumns = 10_000 - PROVENANCE.length;
const maxMergeBytes = 950_000;

type Width = {
  readonly columns: readonly Pick<Column, 'name' | 'type'>[];
  readonly key: readonly string[];
};

/** Checks that BigQuery can have so many columns, and take the statement that merges them. */
export function checkWidth(width: Width, deliver: Contract['deliver'], table: Place): void {
  if (deliver === 'none') return;
  const bytes = mergeBytes(width);
  if (width.columns.length > maxColumns) {
    table.report(
      `at most ${maxColumns} columns`,
      `BigQuery's tables have 10000, of which Tidegate fills ${PROVENANCE.length}: leave some out.`,
      `${width.columns.length}`,
    );
  } else if (bytes > maxMergeBytes) {
    table.report(
      `columns that a merge can name in ${maxMergeBytes} bytes`,
      'BigQuery takes no longer query: give the columns shorter names, or leave some out.',
      `${counted(width.columns.length, 'column')} that need ${bytes}`,
    );
  }
}

/** The most bytes that a merge's script needs for the contract's columns: it names each four times, some of them again. */
export function mergeBytes({ columns, key }: Width): number {
  const again = new Set(key);
  const lengths = columns.map(({ name, type }) => {
    const named = 4 * name.length + 23;
    return again.has(name) || type.kind === 'time' ? named + 8 * name.length + 88 : named;
  });
  return lengths.reduce((sum, length) => sum + length, 0);
}
