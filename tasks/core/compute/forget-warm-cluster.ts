import { type StateTable, WriteConflict } from '../ports.ts';
import type { WarmCluster } from '../records.ts';
import type { Versioned } from '../state-table/read-record.ts';

/**
 * Deletes the record of a cluster that ends or has ended. One that changed meanwhile is left to whoever changed it.
 * @returns whether it was as it had been read.
 */
export async function forgetWarmCluster(
  { key, version }: Versioned<WarmCluster>,
  table: StateTable,
): Promise<boolean> {
  try {
    await table.write([{ key, item: null, expectedVersion: version }]);
    return true;
  } catch (error) {
    if (!(error instanceof WriteConflict)) throw error;
    return false;
  }
}
