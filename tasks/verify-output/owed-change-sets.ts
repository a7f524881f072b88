import { TidegateError } from '../core/errors.ts';
import { finishedAttempt } from '../core/folders/finished-attempt.ts';
import { changesFolder, contractKey } from '../core/folders/folders.ts';
import type { Manifest } from '../core/manifest.ts';
import { type StoredItem, WriteConflict } from '../core/ports.ts';
import {
  datasetPartition,
  OWED_PREFIX,
  owedSchema,
  type RunRecord,
  runKey,
  runRecordSchema,
} from '../core/records.ts';
import { type Refused, refusedBy } from '../core/refused.ts';
import { readRecord } from '../core/state-table/read-record.ts';
import { type Attempt, readOutput } from './read-output.ts';
import type { VerifyOutputWorld } from './verify-output-world.ts';

export interface OwedChangeSets {
  owed: { runId: string; attempt: number; parts: Manifest['changes']['parts'] }[];
  refused: Refused[];
}

/** So many go along with one run; the rest with those after it. */
const MAX_OWED = 10;
/**
 * Of so many parts together, unless the first has more: their batches are in one answer, of 256 KiB at most, and copying
 * each takes seven of an execution's 25,000 events.
 */
const MAX_OWED_PARTS = 10_000;
const MAX_LOOKED_AT = 100;

/**
 * The change sets of earlier runs that failed after they had merged: their rows are in Iceberg, and the change sets of
 * later runs do not hold them. Those of which it is not known whether they merged are refused, so that people are told:
 * only such a run itself, redriven or replayed, can say. Markers of runs that owe nothing are removed: the gate is held,
 * so none of them works on.
 */
export async function owedChangeSets(own: Attempt, world: VerifyOutputWorld): Promise<OwedChangeSets> {
  const { dataset } = own;
  const found: OwedChangeSets = { owed: [], refused: [] };
  const markers = await world.table.query(datasetPartition(dataset), OWED_PREFIX, MAX_LOOKED_AT);
  for (const marker of markers) {
    const { runId } = owedSchema.parse(marker.item);
    if (runId === own.runId) continue;
    if (found.owed.length === MAX_OWED) break;
    const run = await readRecord(world.table, runKey(dataset, runId), runRecordSchema);
    const attempt = run ? await attemptThatMerged(run.value, world) : 0;
    if (attempt === 0) {
      const reason = run && (await whyItMayHaveMerged(run.value, world));
      if (reason) found.refused.push({ runId, reason });
      else await remove(marker, world);
      continue;
    }
    try {
      const { manifest, contract } = await readOutput({ dataset, runId, attempt }, world);
      const { parts } = manifest.changes;
      if (contract.deliver !== 'bigquery') await remove(marker, world);
      else if (found.owed.length > 0 && partsOf(found) + parts.length > MAX_OWED_PARTS) break;
      else found.owed.push({ runId, attempt, parts });
    } catch (error) {
      if (!(error instanceof TidegateError)) throw error;
      found.refused.push(refusedBy(runId, error));
    }
  }
  return found;
}

const partsOf = ({ owed }: OwedChangeSets): number =>
  owed.reduce((count, { parts }) => count + parts.length, 0);

const attemptThatMerged = (run: RunRecord, world: VerifyOutputWorld): Promise<number> =>
  finishedAttempt(run.dataset, { ...run, lastAttempt: run.attempt }, world);

/** Why it cannot be told of a run without a manifest whether it merged; null: it did not. */
async function whyItMayHaveMerged(run: RunRecord, world: VerifyOutputWorld): Promise<string | null> {
  const { dataset, runId } = run;
  const attempt = await attemptThatMayHaveMerged(run, world);
  if (attempt > 0)
    return `attempt ${attempt} wrote a change set but no valid manifest, so it may or may not have merged it.`;
  // A run has it before its first attempt, and it is the first of the folder to expire.
  const contract = { bucket: world.destinationBucket, key: contractKey(dataset, runId) };
  return (await world.objects.head(contract)) ? null : 'its folder has expired, and its change set with it.';
}

/** The newest attempt that has begun to write its change set, whole or not; 0: none has come so far. */
async function attemptThatMayHaveMerged(
  { dataset, runId, attempt: lastAttempt }: RunRecord,
  { objects, destinationBucket }: VerifyOutputWorld,
): Promise<number> {
  for (let attempt = lastAttempt; attempt > 0; attempt -= 1) {
    const written = await objects.list(destinationBucket, `${changesFolder(dataset, runId, attempt)}/`);
    if (written.length > 0) return attempt;
  }
  return 0;
}

async function remove({ key, version }: StoredItem, { table }: VerifyOutputWorld): Promise<void> {
  try {
    await table.write([{ key, item: null, expectedVersion: version }]);
  } catch (error) {
    if (!(error instanceof WriteConflict)) throw error;
  }
}
