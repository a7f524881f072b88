import type * as z from 'zod';
import type { ItemKey, StateTable } from '../ports.ts';

/** A record as it was read, and the version that a write must name. */
export interface Versioned<T> {
  key: ItemKey;
  value: T;
  version: number;
}

/** A record of the state table; null when there is none. */
export async function readRecord<S extends z.ZodType>(
  table: StateTable,
  key: ItemKey,
  schema: S,
): Promise<Versioned<z.output<S>> | null> {
  const stored = await table.get(key);
  return stored && { key: stored.key, value: schema.parse(stored.item), version: stored.version };
}

/** The records of a partition whose sort key begins with the prefix, in that order of it. */
export async function queryRecords<S extends z.ZodType>(
  table: StateTable,
  pk: string,
  skPrefix: string,
  schema: S,
  limit: number,
  order: 'ascending' | 'descending' = 'ascending',
): Promise<Versioned<z.output<S>>[]> {
  const found = await table.query(pk, skPrefix, limit, order);
  return found.map(({ key, item, version }) => ({ key, value: schema.parse(item), version }));
}
