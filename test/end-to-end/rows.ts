import { ask, table } from './stack.ts';

export type Rows = readonly (readonly (string | null)[])[];

/** Rows that only one of the two has, as often as it has them more; the first few of each. */
export function differences(found: Rows, expected: Rows): { missing: string[]; surplus: string[] } {
  const balance = new Map<string, number>();
  const add = (rows: Rows, weight: number): void => {
    for (const row of rows) {
      const text = JSON.stringify(row);
      balance.set(text, (balance.get(text) ?? 0) + weight);
    }
  };
  add(found, 1);
  add(expected, -1);
  const where = (holds: (count: number) => boolean): string[] =>
    [...balance]
      .filter(([, count]) => holds(count))
      .map(([text]) => text)
      .slice(0, 5);
  return { missing: where((count) => count < 0), surplus: where((count) => count > 0) };
}
export const NONE = { missing: [], surplus: [] };

/** The rows of a table, each expression as text. */
export async function rowsOf(name: string, expressions: readonly string[]): Promise<Rows> {
  const columns = expressions.map((expression, index) => `cast(${expression} as string) as c${index}`);
  const rows = await ask(`select ${columns.join(', ')} from ${table(name)}`);
  return rows.map((row) => expressions.map((_, index) => row[`c${index}`] ?? null));
}

export async function countOf(name: string): Promise<number> {
  const [row] = await ask(`select cast(count(*) as string) as n from ${table(name)}`);
  return Number(row?.['n']);
}
