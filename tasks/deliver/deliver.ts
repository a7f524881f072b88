import type * as z from 'zod';
import type { Contract } from '../core/contract.ts';
import { errorTable, TidegateError } from '../core/errors.ts';
import { type RunFolders, readContract, readManifest } from '../core/folders/run-folders.ts';
import type { PartStore, TableRef, Warehouse } from '../core/google-ports.ts';
import type { Clock } from '../core/ports.ts';
import { type Refused, refusedBy } from '../core/refused.ts';
import { type ChangeSet, type DeliveredChanges, deliverChanges } from './deliver-changes.ts';
import { evolve } from './evolve.ts';
import type { inputSchema } from './input.ts';
import { LEDGER, tableOf } from './tables.ts';

export interface DeliverWorld extends RunFolders {
  parts: PartStore;
  warehouse: Warehouse;
  clock: Clock;
  /** Datasets of BigQuery. */
  datasetName: string;
  stagingDatasetName: string;
}

type Asked = z.output<typeof inputSchema>;

export type DeliverAnswer =
  | ({ done: false; waitSeconds: number; waitingFor: string } & OwedSoFar)
  | ({ done: true; table: string } & OwedSoFar & DeliveredChanges);

interface OwedSoFar {
  refused: Refused[];
  owedDelivered: string[];
}

/**
 * Finds out how far the delivery of a run is, does the next thing, and returns at once. All that it rests on is in
 * BigQuery itself: the jobs, by their ids, and the tables.
 */
export async function deliver(input: Asked, world: DeliverWorld): Promise<DeliverAnswer> {
  const { runId, attempt, waitingFor } = input;
  const own = await changeSet(input, { runId, attempt }, world);
  await ensureTables(own, world.warehouse);

  const refused = [...input.refused];
  const owedDelivered = [...input.owedDelivered];
  const isDone = (runId: string) =>
    owedDelivered.includes(runId) || refused.some((one) => one.runId === runId);
  for (const owed of input.owed) {
    if (isDone(owed.runId)) continue;
    try {
      const changes = await changeSet(input, owed, world);
      if (changes.contract.table !== own.contract.table) await ensureTables(changes, world.warehouse);
      const progress = await deliverChanges(changes, waitingFor, world);
      if (!progress.done) return { ...progress, refused, owedDelivered };
      owedDelivered.push(owed.runId);
    } catch (error) {
      // An earlier run that cannot be delivered stays owed; it does not fail those that come after it.
      if (!(error instanceof TidegateError) || errorTable[error.name].kind === 'Transient') throw error;
      refused.push(refusedBy(owed.runId, error));
    }
  }
  const progress = await deliverChanges(own, waitingFor, world);
  if (!progress.done) return { ...progress, refused, owedDelivered };
  const table = `${own.target.dataset}.${own.target.table}`;
  return { ...progress, table, refused, owedDelivered };
}

async function changeSet(
  { dataset }: Asked,
  { runId, attempt }: { runId: string; attempt: number },
  world: DeliverWorld,
): Promise<ChangeSet> {
  const contract = await readContract(dataset, runId, world);
  const manifest = await readManifest({ dataset, runId, attempt }, world);
  return {
    dataset,
    runId,
    attempt,
    contract,
    manifest,
    target: { dataset: world.datasetName, table: contract.table },
    ledger: { dataset: world.datasetName, table: `${contract.table}__ledger` },
  };
}

/**
 * Before any transaction: BigQuery allows no permanent DDL inside one.
 * @throws TidegateError TableGone: a ledger without its table, which made anew would hold some of its rows only.
 */
async function ensureTables(
  { contract, target, ledger }: { contract: Contract; target: TableRef; ledger: TableRef },
  warehouse: Warehouse,
): Promise<void> {
  const definition = tableOf(contract);
  // The ledger first, for it is made last: another run may be making both.
  const ofLedger = await warehouse.tableFields(ledger);
  const fields = await warehouse.tableFields(target);
  if (!fields && ofLedger)
    throw new TidegateError(
      'TableGone',
      `The ledger ${target.dataset}.${ledger.table} records earlier runs, but the table ${target.dataset}.${target.table} does not exist.`,
    );
  if (fields) {
    const { widened, all } = evolve(fields, definition.fields, `${target.dataset}.${target.table}`);
    for (const field of widened) await warehouse.widenField(target, field);
    if (all) await warehouse.setFields(target, all);
  } else await warehouse.createTable(target, definition);
  if (!ofLedger) await warehouse.createTable(ledger, LEDGER);
}
