import * as z from 'zod';
import type { StateTable } from '../ports.ts';
import { type RunRecord, runIndexKey, runKey, runRecordSchema } from '../records.ts';
import { readRecord, type Versioned } from './read-record.ts';

export const runIndexSchema = z.strictObject({ dataset: z.string() });

/** The record of a run, of whichever dataset; null when no such run was ever begun. */
export async function findRun(runId: string, table: StateTable): Promise<Versioned<RunRecord> | null> {
  const index = await readRecord(table, runIndexKey(runId), runIndexSchema);
  return index && readRecord(table, runKey(index.value.dataset, runId), runRecordSchema);
}
