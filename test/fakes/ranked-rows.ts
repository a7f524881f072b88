import type { Contract } from '../../tasks/core/contract.ts';

/** A row with its provenance; values are text, as a CSV has them. */
export interface RankedRow {
  [column: string]: string | number | null;
  _upload_id: string;
  _row: number;
  _run_id: string;
  _uploaded_at: string;
  _upload_order: string;
}

/** The key that a row has in the dataset's table. */
function keyOf(contract: Contract, row: RankedRow): string {
  const key = contract.write.mode === 'merge' ? contract.key : ['_upload_id', '_row'];
  return JSON.stringify(key.map((name) => row[name]));
}

/** Whether `a` is the winner of its key over `b`: the rank of the design, the order column first. */
function outranks(contract: Contract, a: RankedRow, b: RankedRow): boolean {
  const { orderBy } = contract.write;
  for (const name of [...(orderBy ? [orderBy] : []), '_upload_order', '_upload_id', '_row', '_run_id']) {
    const [left, right] = [a[name] ?? null, b[name] ?? null];
    if (left === right) continue;
    if (left === null || right === null) return right === null;
    return left > right;
  }
  return false;
}

const placeOf = (row: RankedRow): string => row._upload_order + row._upload_id;

/** The table after a merge of rows: the greater row of each key, or the rows of the newest upload. */
export function merged(contract: Contract, table: readonly RankedRow[], rows: readonly RankedRow[]) {
  if (contract.write.mode === 'replace') {
    const all = [...table, ...rows];
    const newest = all.map(placeOf).toSorted().at(-1) ?? '';
    return byKey(
      contract,
      all.filter((row) => placeOf(row) === newest),
    );
  }
  return byKey(contract, [...table, ...rows]);
}

function byKey(contract: Contract, rows: readonly RankedRow[]): RankedRow[] {
  const winners = new Map<string, RankedRow>();
  for (const row of rows) {
    const key = keyOf(contract, row);
    const winner = winners.get(key);
    if (!winner || outranks(contract, row, winner)) winners.set(key, row);
  }
  return [...winners.values()];
}
