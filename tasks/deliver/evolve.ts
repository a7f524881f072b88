import { TidegateError } from '../core/errors.ts';
import type { TableField } from '../core/google-ports.ts';

/** BigQuery's API names some types in two ways. */
const STANDARD: Record<string, string> = { INTEGER: 'INT64', FLOAT: 'FLOAT64', BOOLEAN: 'BOOL' };

/**
 * The columns to give an existing table so that it takes the contract's; null when it has them all.
 * @throws TidegateError ContractIncompatible when columns contradict each other.
 */
export function evolve(existing: TableField[], wanted: TableField[], table: string): TableField[] | null {
  const byName = new Map(existing.map((field) => [field.name.toLowerCase(), field]));
  const added: TableField[] = [];
  const problems: string[] = [];
  for (const field of wanted) {
    const old = byName.get(field.name.toLowerCase());
    if (!old && field.mode === 'REQUIRED') problems.push(`${field.name} is new and required`);
    else if (!old) added.push(field);
    else if (typeOf(old) !== typeOf(field)) {
      problems.push(`${field.name} is ${typeOf(old)} in the table and ${typeOf(field)} in the contract`);
    }
  }
  if (problems.length > 0) {
    throw new TidegateError(
      'ContractIncompatible',
      `Table ${table} cannot take the contract: ${problems.join('; ')}.`,
    );
  }
  return added.length > 0 ? [...existing, ...added] : null;
}

function typeOf({ type, precision, scale }: TableField): string {
  const name = STANDARD[type] ?? type;
  return precision ? `${name}(${precision},${scale ?? '0'})` : name;
}
