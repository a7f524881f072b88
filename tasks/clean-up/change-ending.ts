import type { BackOff, StateTable } from '../core/ports.ts';
import { type Ending, endingKey, endingSchema } from '../core/records.ts';
import { readRecord } from '../core/state-table/read-record.ts';
import { retryConflicts } from '../core/state-table/retry-conflicts.ts';

const NOTHING_DONE: Ending = { alert: 'NONE', alertAt: null, clean: false };

/** One ending of an execution: each redrive may end anew. */
export interface EndingOf {
  arn: string;
  redriveCount: number;
}

export async function readEnding({ arn, redriveCount }: EndingOf, table: StateTable): Promise<Ending> {
  const stored = await readRecord(table, endingKey(arn, redriveCount), endingSchema);
  return stored?.value ?? NOTHING_DONE;
}

/** Changes what is recorded of an ending, if `change` gives something; gives back whether it did. */
export function changeEnding(
  { arn, redriveCount }: EndingOf,
  change: (ending: Ending) => Partial<Ending> | null,
  { table, backOff }: { table: StateTable; backOff: BackOff },
): Promise<boolean> {
  return retryConflicts(`the ending of ${arn}`, backOff, async () => {
    const key = endingKey(arn, redriveCount);
    const stored = await readRecord(table, key, endingSchema);
    const ending = stored?.value ?? NOTHING_DONE;
    const changed = change(ending);
    if (!changed) return false;
    await table.write([{ key, item: { ...ending, ...changed }, expectedVersion: stored?.version ?? null }]);
    return true;
  });
}
