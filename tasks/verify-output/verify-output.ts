import type { Manifest } from '../core/manifest.ts';
import type { Refused } from '../core/refused.ts';
import { owedChangeSets } from './owed-change-sets.ts';
import { type PartBatch, partBatches } from './part-batches.ts';
import { type Attempt, readOutput } from './read-output.ts';
import type { VerifyOutputWorld } from './verify-output-world.ts';

export interface VerifiedOutput {
  deliver: 'bigquery' | 'none';
  rows: Manifest['rows'];
  /** Parts to copy, those of earlier runs included. */
  partBatches: PartBatch[];
  /** Attempts of earlier runs that merged and were never delivered, oldest first. */
  owed: { runId: string; attempt: number }[];
  /** Earlier runs that may have merged and whose output is not whole. */
  refused: Refused[];
}

/**
 * Checks what an attempt of the job left behind, and finds what earlier runs of the dataset owe BigQuery.
 * @throws TidegateError as `readOutput` does.
 */
export async function verifyOutput(attempt: Attempt, world: VerifyOutputWorld): Promise<VerifiedOutput> {
  const { manifest, contract } = await readOutput(attempt, world);
  const { deliver } = contract;
  const { owed, refused } =
    deliver === 'bigquery' ? await owedChangeSets(attempt, world) : { owed: [], refused: [] };
  return {
    deliver,
    rows: manifest.rows,
    partBatches: [...owed, { ...attempt, parts: manifest.changes.parts }].flatMap(
      ({ parts, runId, attempt: number }) =>
        partBatches({ dataset: attempt.dataset, runId, attempt: number }, parts),
    ),
    owed: owed.map(({ runId, attempt: number }) => ({ runId, attempt: number })),
    refused,
  };
}
