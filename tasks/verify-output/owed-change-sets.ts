import { TidegateError } from '../core/errors.ts';
import { finishedAttempt } from '../core/finished-attempt.ts';
import type { Manifest } from '../core/manifest.ts';
import { type StoredItem, WriteConflict } from '../core/ports.ts';
import { datasetPartition, OWED_PREFIX, owedSchema, runKey, runRecordSchema } from '../core/records.ts';
import { type Attempt, readOutput } from './read-output.ts';
import type { VerifyOutputWorld } from './verify-output.ts';

export interface OwedChangeSets {
  owed: { runId: string; attempt: number; parts: Manifest['changes']['parts'] }[];
  refused: { runId: string; reason: string }[];
}

/** So many go along with one run; the rest with those after it. */
const MAX_OWED = 10;
const MAX_LOOKED_AT = 100;
/** All of the reasons go from state to state. */
const MAX_REASON_LENGTH = 300;

/**
 * The change sets of earlier runs that failed after they had merged: their rows are in Iceberg, and the change sets of
 * later runs do not hold them. Markers of runs that owe nothing are removed: the gate is held, so none of them works on.
 */
export async function owedChangeSets(own: Attempt, world: VerifyOutputWorld): Promise<OwedChangeSets> {
  const { dataset } = own;
  const found: OwedChangeSets = { owed: [], refused: [] };
  const markers = await world.table.query(datasetPartition(dataset), OWED_PREFIX, MAX_LOOKED_AT);
  for (const marker of markers) {
    const { runId } = owedSchema.parse(marker.item);
    if (runId === own.runId) continue;
    if (found.owed.length === MAX_OWED) break;
    const attempt = await attemptThatMerged(dataset, runId, world);
    if (attempt === 0) {
      await remove(marker, world);
      continue;
    }
    try {
      const { manifest, contract } = await readOutput({ dataset, runId, attempt }, world);
      if (contract.deliver === 'bigquery') found.owed.push({ runId, attempt, parts: manifest.changes.parts });
      else await remove(marker, world);
    } catch (error) {
      if (!(error instanceof TidegateError)) throw error;
      found.refused.push({ runId, reason: `${error.name}: ${error.message}`.slice(0, MAX_REASON_LENGTH) });
    }
  }
  return found;
}

async function attemptThatMerged(dataset: string, runId: string, world: VerifyOutputWorld): Promise<number> {
  const stored = await world.table.get(runKey(dataset, runId));
  if (!stored) return 0;
  const { attempt: lastAttempt, discardedAttempt } = runRecordSchema.parse(stored.item);
  return finishedAttempt(dataset, { runId, lastAttempt, discardedAttempt }, world);
}

async function remove({ key, version }: StoredItem, { table }: VerifyOutputWorld): Promise<void> {
  try {
    await table.write([{ key, item: null, expectedVersion: version }]);
  } catch (error) {
    if (!(error instanceof WriteConflict)) throw error;
  }
}
