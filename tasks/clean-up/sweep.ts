import { DATASETS, gateKey, gateSchema } from '../core/records.ts';
import { runIndexSchema } from '../core/state-table/find-run.ts';
import { queryRecords, readRecord } from '../core/state-table/read-record.ts';
import { afterEnding } from './after-ending.ts';
import { readEnding } from './change-ending.ts';
import type { CleanUpWorld } from './clean-up-world.ts';
import { sweepCompute } from './sweep-compute.ts';
import { wakeDataset } from './wake-dataset.ts';

/** Events of ended executions may be lost: so long an end is looked for. */
const LOOK_BACK_MS = 24 * 3_600_000;
const MAX_DATASETS = 10_000;
/** A cluster's last step ends within minutes of its cluster, a job run within minutes of being told to stop. */
const ENDS_WITHIN_MS = 300_000;
const LOOK_AGAIN_SECONDS = 15;

/**
 * Looks after all that nobody looked after, because an event was lost or a function died: executions that ended badly,
 * gates that nobody holds any more, uploads that wait for nobody, clusters and job runs that work for nobody. What it
 * asks to end it waits for, so that the gate is free when it is over. What fails does not keep it from the rest.
 */
export async function sweep(world: CleanUpWorld) {
  const { table, executions, clock } = world;
  const failures: unknown[] = [];
  const attempt = async (act: () => Promise<unknown>): Promise<void> => {
    await act().catch((error) => failures.push(error));
  };
  const done = { endings: 0, woken: [] as string[], ended: [] as string[] };
  /** Executions of which something was still to end when it was looked at last. */
  const unended = new Set<string>();
  const lookAfter = async (arn: string): Promise<void> => {
    const execution = await executions.describe(arn);
    if (execution && !(await afterEnding(execution, world))) unended.add(arn);
  };

  await attempt(async () => {
    const since = new Date(clock.now().getTime() - LOOK_BACK_MS);
    for (const ending of await executions.endedBadlySince(since)) {
      await attempt(async () => {
        const { clean, alert } = await readEnding(ending, table);
        if (clean && alert === 'SENT') return;
        await lookAfter(ending.arn);
        done.endings += 1;
      });
    }
  });
  // Also when the end of a gate's holder was looked after before: a function that was at work when its execution was
  // aborted may have taken the gate since.
  const freeGate = async (dataset: string): Promise<void> => {
    const gate = await readRecord(table, gateKey(dataset), gateSchema);
    const holder = gate?.value.holderExecutionArn;
    if (holder && !unended.has(holder)) await lookAfter(holder);
  };
  await attempt(async () => {
    for (const { value } of await queryRecords(table, DATASETS, '', runIndexSchema, MAX_DATASETS)) {
      await attempt(() => freeGate(value.dataset));
      await attempt(async () => {
        if (await wakeDataset(value.dataset, world)) done.woken.push(value.dataset);
      });
    }
  });
  await attempt(async () => {
    done.ended = (await sweepCompute(world)).ended;
  });

  const untilMs = clock.now().getTime() + ENDS_WITHIN_MS;
  while (unended.size > 0 && clock.now().getTime() < untilMs) {
    await world.pause(LOOK_AGAIN_SECONDS);
    for (const arn of [...unended]) {
      unended.delete(arn);
      await attempt(() => lookAfter(arn));
    }
  }
  if (failures.length > 0) throw failures[0];
  return done;
}
