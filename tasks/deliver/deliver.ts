import type * as z from 'zod';
import { type Contract, contractSchema } from '../core/contract.ts';
import { errorTable, TidegateError } from '../core/errors.ts';
import { contractKey, manifestKey } from '../core/folders.ts';
import type { PartStore, TableRef, Warehouse } from '../core/google-ports.ts';
import { manifestSchema } from '../core/manifest.ts';
import type { Clock, ObjectStore } from '../core/ports.ts';
import { readStoredJson } from '../core/stored-json.ts';
import { type ChangeSet, type DeliveredChanges, deliverChanges } from './deliver-changes.ts';
import { evolve } from './evolve.ts';
import { LEDGER, tableOf } from './tables.ts';

export interface DeliverInput {
  dataset: string;
  runId: string;
  attempt: number;
  /** Attempts of earlier runs that merged and were never delivered, oldest first: they go before this one. */
  owed: { runId: string; attempt: number }[];
  /** The job that the call before was waiting for; '': none. */
  waitingFor: string;
  /** What the calls before could not deliver of what is owed. */
  refused: Refused[];
}

export interface Refused {
  runId: string;
  reason: string;
}

export interface DeliverWorld {
  objects: ObjectStore;
  parts: PartStore;
  warehouse: Warehouse;
  clock: Clock;
  destinationBucket: string;
  /** Datasets of BigQuery. */
  datasetName: string;
  stagingDatasetName: string;
}

export type DeliverAnswer =
  | { done: false; waitSeconds: number; waitingFor: string; refused: Refused[] }
  | ({ done: true; table: string; refused: Refused[]; owedDelivered: string[] } & DeliveredChanges);

/** All of the reasons go from state to state. */
const MAX_REASON_LENGTH = 300;

/**
 * Finds out how far the delivery of a run is, does the next thing, and returns at once. All that it rests on is in
 * BigQuery itself: the jobs, by their ids, and the tables.
 */
export async function deliver(input: DeliverInput, world: DeliverWorld): Promise<DeliverAnswer> {
  const { runId, attempt, waitingFor } = input;
  const own = await changeSet(input, { runId, attempt }, world);
  await ensureTables(own, world.warehouse);

  const refused = [...input.refused];
  const owedDelivered: string[] = [];
  for (const owed of input.owed) {
    if (refused.some((one) => one.runId === owed.runId)) continue;
    try {
      const changes = await changeSet(input, owed, world);
      if (changes.contract.table !== own.contract.table) await ensureTables(changes, world.warehouse);
      const progress = await deliverChanges(changes, waitingFor, world);
      if (!progress.done) return { ...progress, refused };
      owedDelivered.push(owed.runId);
    } catch (error) {
      // An earlier run that cannot be delivered stays owed; it does not fail those that come after it.
      if (!(error instanceof TidegateError) || errorTable[error.name].kind === 'Transient') throw error;
      refused.push({
        runId: owed.runId,
        reason: `${error.name}: ${error.message}`.slice(0, MAX_REASON_LENGTH),
      });
    }
  }
  const progress = await deliverChanges(own, waitingFor, world);
  if (!progress.done) return { ...progress, refused };
  const table = `${own.target.dataset}.${own.target.table}`;
  return { ...progress, table, refused, owedDelivered };
}

async function changeSet(
  { dataset }: DeliverInput,
  { runId, attempt }: { runId: string; attempt: number },
  world: DeliverWorld,
): Promise<ChangeSet> {
  const contract = await read(world, contractKey(dataset, runId), contractSchema, 'ContractInvalid');
  const manifest = await read(world, manifestKey(dataset, runId, attempt), manifestSchema, 'OutputMismatch');
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

async function read<S extends z.ZodType<NonNullable<unknown>>>(
  { objects, destinationBucket }: DeliverWorld,
  key: string,
  schema: S,
  errorName: 'ContractInvalid' | 'OutputMismatch',
): Promise<z.output<S>> {
  const found = await readStoredJson(objects, { bucket: destinationBucket, key }, schema, errorName);
  if (!found) throw new TidegateError(errorName, `s3://${destinationBucket}/${key} is gone.`);
  return found;
}

/** Before any transaction: BigQuery allows no permanent DDL inside one. */
async function ensureTables(
  { contract, target, ledger }: { contract: Contract; target: TableRef; ledger: TableRef },
  warehouse: Warehouse,
): Promise<void> {
  const definition = tableOf(contract);
  const fields = await warehouse.tableFields(target);
  if (fields) {
    const { widened, all } = evolve(fields, definition.fields, `${target.dataset}.${target.table}`);
    for (const field of widened) await warehouse.widenField(target, field);
    if (all) await warehouse.setFields(target, all);
  } else await warehouse.createTable(target, definition);
  if (!(await warehouse.tableFields(ledger))) await warehouse.createTable(ledger, LEDGER);
}
