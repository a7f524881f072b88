import { TidegateError } from '../core/errors.ts';
import type { TableField } from '../core/google-ports.ts';

export interface Evolution {
  /** Columns whose type gets more room. */
  widened: TableField[];
  /** All columns, when some are added, no longer required, or described anew; else null. */
  all: TableField[] | null;
}

/** BigQuery's API names some types in two ways. */
const STANDARD: Record<string, string> = { INTEGER: 'INT64', FLOAT: 'FLOAT64', BOOLEAN: 'BOOL' };

/**
 * How an existing table takes the contract's columns. Columns that the contract no longer has stay, and so does a type
 * that has more room than the contract's.
 * @throws TidegateError ContractIncompatible when columns contradict each other.
 */
export function evolve(existing: TableField[], wanted: TableField[], table: string): Evolution {
  const byName = new Map(wanted.map((field) => [field.name.toLowerCase(), field]));
  const problems: string[] = [];
  const widened: TableField[] = [];
  let changed = false;
  const kept = existing.map((old): TableField => {
    const field = byName.get(old.name.toLowerCase());
    byName.delete(old.name.toLowerCase());
    const stays = old.mode === 'REQUIRED' && field?.mode === 'REQUIRED';
    const mode = stays ? 'REQUIRED' : 'NULLABLE';
    if (mode !== (old.mode ?? 'NULLABLE')) changed = true;
    if (!field) return { ...old, mode };
    const widens = roomier(field, old);
    if (widens) widened.push(field);
    else if (typeOf(old) !== typeOf(field) && !roomier(old, field)) {
      problems.push(`${old.name} is ${typeOf(old)} in the table and ${typeOf(field)} in the contract`);
    }
    if ((field.description ?? '') !== (old.description ?? '')) changed = true;
    const { description: _, ...plain } = widens ? field : old;
    return { ...plain, name: old.name, mode, ...(field.description && { description: field.description }) };
  });
  const added = [...byName.values()];
  for (const { name, mode } of added) if (mode === 'REQUIRED') problems.push(`${name} is new and required`);
  if (problems.length > 0) {
    throw new TidegateError(
      'ContractIncompatible',
      `Table ${table} does not fit the contract: ${problems.join('; ')}.`,
    );
  }
  return { widened, all: changed || added.length > 0 ? [...kept, ...added] : null };
}

/** Whether every value of the one decimal type is one of the other's, and not the other way round. */
function roomier(one: TableField, other: TableField): boolean {
  const decimal = /^(BIG)?NUMERIC$/;
  if (!decimal.test(one.type) || !decimal.test(other.type) || typeOf(one) === typeOf(other)) return false;
  const [a, b] = [digits(one), digits(other)];
  const asBig = one.type === 'BIGNUMERIC' || other.type === 'NUMERIC';
  return asBig && a.whole >= b.whole && a.scale >= b.scale;
}

function digits({ precision, scale }: TableField): { whole: number; scale: number } {
  const behind = Number(scale ?? 0);
  return { whole: Number(precision ?? 0) - behind, scale: behind };
}

function typeOf({ type, precision, scale }: TableField): string {
  const name = STANDARD[type] ?? type;
  return precision ? `${name}(${precision},${scale ?? '0'})` : name;
}
