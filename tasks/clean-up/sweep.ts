import { runIndexSchema } from '../core/find-run.ts';
import { queryRecords, readRecord } from '../core/read-record.ts';
import { DATASETS, gateKey, gateSchema } from '../core/records.ts';
import { afterEnding } from './after-ending.ts';
import { readEnding } from './change-ending.ts';
import type { CleanUpWorld } from './clean-up.ts';
import { sweepCompute } from './sweep-compute.ts';
import { wakeDataset } from './wake-dataset.ts';

/** Events of ended executions may be lost: so long an end is looked for. */
const LOOK_BACK_MS = 24 * 3_600_000;
const MAX_DATASETS = 10_000;

/**
 * Looks after all that nobody looked after, because an event was lost or a function died: executions that ended badly,
 * gates that nobody holds any more, uploads that wait for nobody, clusters and job runs that work for nobody. What fails
 * does not keep it from the rest.
 */
export async function sweep(world: CleanUpWorld) {
  const { table, executions, clock } = world;
  const failures: unknown[] = [];
  const attempt = async (act: () => Promise<unknown>): Promise<void> => {
    await act().catch((error) => failures.push(error));
  };
  const done = { endings: 0, woken: [] as string[], ended: [] as string[] };

  await attempt(async () => {
    const since = new Date(clock.now().getTime() - LOOK_BACK_MS);
    for (const ending of await executions.endedBadlySince(since)) {
      await attempt(async () => {
        const { clean, alert } = await readEnding(ending, table);
        if (clean && alert === 'SENT') return;
        await lookAfter(ending.arn, world);
        done.endings += 1;
      });
    }
  });
  await attempt(async () => {
    for (const { value } of await queryRecords(table, DATASETS, '', runIndexSchema, MAX_DATASETS)) {
      await attempt(() => freeGate(value.dataset, world));
      await attempt(async () => {
        if (await wakeDataset(value.dataset, world)) done.woken.push(value.dataset);
      });
    }
  });
  await attempt(async () => {
    done.ended = (await sweepCompute(world)).ended;
  });
  if (failures.length > 0) throw failures[0];
  return done;
}

/**
 * The gate of a run whose execution has ended. Also when its end was looked after before: a function that was at work when
 * its execution was aborted may have taken the gate since.
 */
async function freeGate(dataset: string, world: CleanUpWorld): Promise<void> {
  const gate = await readRecord(world.table, gateKey(dataset), gateSchema);
  if (gate?.value.holderExecutionArn) await lookAfter(gate.value.holderExecutionArn, world);
}

async function lookAfter(arn: string, world: CleanUpWorld): Promise<void> {
  const execution = await world.executions.describe(arn);
  if (execution) await afterEnding(execution, world);
}
