import type * as z from 'zod';
import { type Contract, contractSchema } from '../core/contract.ts';
import { TidegateError } from '../core/errors.ts';
import { contractKey, manifestKey } from '../core/folders.ts';
import type { JobStatus, PartStore, TableRef, Warehouse } from '../core/google-ports.ts';
import { type Manifest, manifestSchema } from '../core/manifest.ts';
import type { Clock, ObjectStore } from '../core/ports.ts';
import { readStoredJson } from '../core/stored-json.ts';
import { evolve } from './evolve.ts';
import { mergeScript } from './merge-sql.ts';
import { LEDGER, stagingOf, tableOf } from './tables.ts';

export interface DeliverInput {
  dataset: string;
  runId: string;
  attempt: number;
  /** The job that the call before was waiting for; '': none. */
  waitingFor: string;
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
  | { done: false; waitSeconds: number; waitingFor: string }
  | { done: true; table: string; rows: { staged: number; applied: number; superseded: number } };

const WAIT_SECONDS = 5;
const MAX_TRIES = 8;
const STAGING_LIFETIME_MS = 15 * 24 * 3600 * 1000;

/** Reasons of failed jobs that pass by themselves (Google Cloud: BigQuery, "Error messages"). */
const PASSING = new Set([
  'backendError',
  'internalError',
  'jobBackendError',
  'jobInternalError',
  'rateLimitExceeded',
  'quotaExceeded',
  'stopped',
]);
const CONCURRENT = /aborted due to concurrent update/i;
const ASSERTION = /Assertion failed/i;

/**
 * Finds out how far the delivery of an attempt's change set is, does the next thing, and returns at once.
 * All that it rests on is in BigQuery itself: the jobs, by their ids, and the tables.
 */
export async function deliver(input: DeliverInput, world: DeliverWorld): Promise<DeliverAnswer> {
  const { dataset, runId, attempt } = input;
  const contract = await read(world, contractKey(dataset, runId), contractSchema, 'ContractInvalid');
  const manifest = await read(world, manifestKey(dataset, runId, attempt), manifestSchema, 'OutputMismatch');
  const target = { dataset: world.datasetName, table: contract.table };
  const ledger = { dataset: world.datasetName, table: `${contract.table}__ledger` };
  await ensureTables(contract, target, ledger, world.warehouse);
  const table = `${target.dataset}.${target.table}`;
  if (manifest.changes.parts.length === 0) {
    return { done: true, table, rows: { staged: 0, applied: 0, superseded: 0 } };
  }

  const staged = await load(input, contract, manifest, world);
  if (!('staging' in staged)) return staged;
  const merged = await merge(input, contract, manifest, { target, ledger, staging: staged.staging }, world);
  if (merged) return merged;
  return { done: true, table, rows: await countRows(runId, manifest, ledger, world.warehouse) };
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
  contract: Contract,
  target: TableRef,
  ledger: TableRef,
  warehouse: Warehouse,
): Promise<void> {
  const definition = tableOf(contract);
  const fields = await warehouse.tableFields(target);
  if (!fields) await warehouse.createTable(target, definition);
  const evolved = fields && evolve(fields, definition.fields, `${target.dataset}.${target.table}`);
  if (evolved) await warehouse.setFields(target, evolved);
  if (!(await warehouse.tableFields(ledger))) await warehouse.createTable(ledger, LEDGER);
}

/** The staging table when it is loaded; else what to wait for. */
async function load(
  input: DeliverInput,
  contract: Contract,
  manifest: Manifest,
  { warehouse, parts, clock, stagingDatasetName }: DeliverWorld,
): Promise<{ staging: TableRef } | DeliverAnswer> {
  for (let number = 1; number <= MAX_TRIES; number += 1) {
    const jobId = `${jobPrefix(input)}-load-${number}`;
    const staging = { dataset: stagingDatasetName, table: stagingName(contract, input, number) };
    const status = await warehouse.job(jobId);
    if (status?.state === 'RUNNING') return waitFor(jobId);
    if (status?.state === 'FAILED') {
      throwIfFresh(jobId, status, input);
      continue;
    }
    if (status?.state === 'DONE') {
      if (await warehouse.tableFields(staging)) return { staging };
      // It has expired: loaded again under the next number.
      continue;
    }
    const definition = stagingOf(contract, clock.now().getTime() + STAGING_LIFETIME_MS);
    await warehouse.createTable(staging, definition);
    const uris = manifest.changes.parts.map(({ path }) => parts.uri(path.split('/').slice(3).join('/')));
    await warehouse.startLoad(jobId, uris, staging, definition);
    return waitFor(jobId);
  }
  throw new TidegateError('ServiceUnavailable', `The load of ${jobPrefix(input)} failed ${MAX_TRIES} times.`);
}

/** Null when the merge is done; else what to wait for. */
async function merge(
  input: DeliverInput,
  contract: Contract,
  manifest: Manifest,
  tables: Record<'target' | 'ledger' | 'staging', TableRef>,
  { warehouse }: DeliverWorld,
): Promise<DeliverAnswer | null> {
  for (let number = 1; number <= MAX_TRIES; number += 1) {
    const jobId = `${jobPrefix(input)}-merge-${number}`;
    const status = await warehouse.job(jobId);
    if (status?.state === 'RUNNING') return waitFor(jobId);
    if (status?.state === 'DONE') return null;
    if (status?.state === 'FAILED') {
      throwIfFresh(jobId, status, input);
      continue;
    }
    const script = mergeScript(contract, {
      target: warehouse.sqlName(tables.target),
      staging: warehouse.sqlName(tables.staging),
      ledger: warehouse.sqlName(tables.ledger),
    });
    await warehouse.startScript(jobId, script, {
      run_id: { type: 'STRING', value: input.runId },
      attempt: { type: 'INT64', value: input.attempt },
      expected: { type: 'INT64', value: manifest.rows.current },
    });
    return waitFor(jobId);
  }
  throw new TidegateError(
    'ServiceUnavailable',
    `The merge of ${jobPrefix(input)} failed ${MAX_TRIES} times.`,
  );
}

/**
 * A failed job's id is burned, so the next number is tried; but a failure that cannot pass by itself ends the run the
 * first time it is seen. It was seen before when this call did not wait for it: then somebody has redriven the run.
 */
function throwIfFresh(
  jobId: string,
  status: Extract<JobStatus, { state: 'FAILED' }>,
  input: DeliverInput,
): void {
  const { reason, message, details } = status;
  if (input.waitingFor !== jobId || PASSING.has(reason) || CONCURRENT.test(message)) return;
  const name = ASSERTION.test(message) ? 'DeliveryMismatch' : 'LoadFailed';
  const more = details.filter((detail) => !detail.includes(message)).slice(0, 10);
  throw new TidegateError(name, [`Job ${jobId} failed: ${reason}: ${message}`, ...more].join('\n'));
}

async function countRows(runId: string, manifest: Manifest, ledger: TableRef, warehouse: Warehouse) {
  const sql = `SELECT rows_staged, rows_applied, rows_superseded FROM ${warehouse.sqlName(ledger)} WHERE kind = 'run' AND run_id = @run_id`;
  const found = await warehouse.rows(sql, { run_id: { type: 'STRING', value: runId } });
  const [row] = found;
  const rows = {
    staged: Number(row?.['rows_staged']),
    applied: Number(row?.['rows_applied']),
    superseded: Number(row?.['rows_superseded']),
  };
  if (
    found.length === 1 &&
    rows.staged === manifest.rows.current &&
    rows.staged === rows.applied + rows.superseded
  ) {
    return rows;
  }
  throw new TidegateError(
    'DeliveryMismatch',
    `The ledger has ${found.length} rows for run ${runId}, with ${JSON.stringify(rows)}; expected one with ${manifest.rows.current} staged = applied + superseded.`,
  );
}

const waitFor = (jobId: string): DeliverAnswer => ({
  done: false,
  waitSeconds: WAIT_SECONDS,
  waitingFor: jobId,
});

/** Job ids may hold letters, digits, dashes and underscores; so do datasets and runs. */
const jobPrefix = ({ dataset, runId, attempt }: DeliverInput): string =>
  `tidegate-${dataset}-${runId}-${attempt}`;

const stagingName = (contract: Contract, { runId, attempt }: DeliverInput, number: number): string =>
  `${contract.table}__${runId.replace('-', '_')}_${attempt}_${number}`;
