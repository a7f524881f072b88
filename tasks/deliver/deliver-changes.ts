import type { Contract } from '../core/contract.ts';
import { type ErrorName, TidegateError } from '../core/errors.ts';
import { refOf } from '../core/folders/ref-of.ts';
import type { PartStore, TableField, TableRef, Warehouse } from '../core/google-ports.ts';
import type { Manifest } from '../core/manifest.ts';
import type { Clock } from '../core/ports.ts';
import { counted } from '../core/telling/counted.ts';
import {
  type FailedJob,
  type NewestJob,
  newestJob,
  passes,
  waitAfterFailure,
  waitForRunning,
} from './jobs.ts';
import { stagingOf, tableOf } from './tables.ts';

/** What one attempt of a run changes, and where it goes. */
export interface ChangeSet {
  dataset: string;
  runId: string;
  attempt: number;
  contract: Contract;
  manifest: Manifest;
  target: TableRef;
  ledger: TableRef;
}

export interface DeliveredChanges {
  rows: { staged: number; applied: number; superseded: number };
  /** That BigQuery estimated for the merge before it began, and that it then read. */
  bytes: { estimated: number; read: number };
}

export interface ChangesWorld {
  parts: PartStore;
  warehouse: Warehouse;
  clock: Clock;
  stagingDatasetName: string;
}

type Waiting = { done: false; waitSeconds: number; waitingFor: string };

const STAGING_LIFETIME_MS = 15 * 24 * 3600 * 1000;
const FIRST_WAIT_SECONDS = 2;

/**
 * Takes a change set the next step on its way: one load job into a staging table, one merge, the counts compared.
 * @throws TidegateError LoadFailed, PermissionMissing or DeliveryMismatch when a job failed for what does not pass;
 *   ServiceUnavailable.
 */
export async function deliverChanges(
  changes: ChangeSet,
  waitingFor: string,
  world: ChangesWorld,
): Promise<Waiting | ({ done: true } & DeliveredChanges)> {
  const { contract, manifest, runId, ledger } = changes;
  // In tables without a key, even a replay without rows takes some away.
  if (manifest.rows.current === 0 && contract.write.mode === 'merge') {
    const none = { staged: 0, applied: 0, superseded: 0 };
    return { done: true, rows: none, bytes: { estimated: 0, read: 0 } };
  }
  const { warehouse, clock } = world;
  const merge = await newestJob(`${jobPrefix(changes)}-merge`, warehouse);
  if (merge.status?.state === 'RUNNING') return waitForRunning(merge.id, merge.status, clock);
  if (merge.status?.state === 'DONE') {
    const { estimatedBytes, ...rows } = await countRows(runId, manifest, ledger, warehouse);
    return { done: true, rows, bytes: { estimated: estimatedBytes, read: merge.status.bytes } };
  }
  const afterMerge = failureOf(merge, waitingFor);
  if (afterMerge) return afterMerge;

  const staged = await load(changes, waitingFor, world);
  if (!('staging' in staged)) return staged;
  return startMerge(changes, staged.staging, merge.nextId, warehouse);
}

/** The staging table when it is loaded; else what to wait for. */
async function load(
  changes: ChangeSet,
  waitingFor: string,
  { warehouse, parts, clock, stagingDatasetName }: ChangesWorld,
): Promise<{ staging: TableRef } | Waiting> {
  const { contract, manifest } = changes;
  const stagingOfJob = (number: number): TableRef => ({
    dataset: stagingDatasetName,
    table: stagingName(changes, number),
  });
  const definition = stagingOf(contract, clock.now().getTime() + STAGING_LIFETIME_MS);
  if (manifest.changes.parts.length === 0) {
    const staging = stagingOfJob(0);
    await warehouse.createTable(staging, definition);
    return { staging };
  }
  const newest = await newestJob(`${jobPrefix(changes)}-load`, warehouse);
  if (newest.status?.state === 'RUNNING') return waitForRunning(newest.id, newest.status, clock);
  // A staging table that has expired is loaded again under the next number.
  if (newest.status?.state === 'DONE' && (await warehouse.tableFields(stagingOfJob(newest.number))))
    return { staging: stagingOfJob(newest.number) };
  const afterFailure = failureOf(newest, waitingFor);
  if (afterFailure) return afterFailure;

  const staging = stagingOfJob(newest.number + 1);
  await warehouse.createTable(staging, definition);
  const uris = manifest.changes.parts.map(({ path }) => parts.uri(refOf(path).key));
  await warehouse.startLoad(newest.nextId, uris, staging, definition);
  return { done: false, waitSeconds: FIRST_WAIT_SECONDS, waitingFor: newest.nextId };
}

async function startMerge(
  changes: ChangeSet,
  staging: TableRef,
  jobId: string,
  warehouse: Warehouse,
): Promise<Waiting> {
  const { contract, manifest, target, ledger, runId, attempt } = changes;
  const column = partitionInKey(contract);
  const merge = {
    contract,
    target,
    staging,
    ledger,
    runId,
    attempt,
    expectedRows: manifest.rows.current,
    uploadIds: manifest.uploads.filter(({ outcome }) => outcome === 'LOADED').map(({ uploadId }) => uploadId),
    range: column === null ? null : await warehouse.rangeOf(staging, column),
    otherColumns: otherColumns((await warehouse.tableFields(target)) ?? [], contract),
  };
  const estimatedBytes = await warehouse.mergeBytes(merge);
  await warehouse.startMerge(jobId, { ...merge, estimatedBytes });
  return { done: false, waitSeconds: FIRST_WAIT_SECONDS, waitingFor: jobId };
}

/** The table's columns that only other versions of the contract have. */
function otherColumns(fields: TableField[], contract: Contract): string[] {
  const own = new Set(tableOf(contract).fields.map(({ name }) => name.toLowerCase()));
  return fields.map(({ name }) => name).filter((name) => !own.has(name.toLowerCase()));
}

/**
 * What to wait for before a failed job's work is begun again under another id (a failed one's is burned); null: begin.
 * A failure that cannot pass by itself ends the run the first time it is seen. It was seen before when this call did
 * not wait for it: then somebody has redriven the run.
 * @throws TidegateError
 */
function failureOf({ id, status, number }: NewestJob, waitingFor: string): Waiting | null {
  if (status?.state !== 'FAILED' || waitingFor !== id) return null;
  if (passes(status)) return waitAfterFailure(id, number, status);
  const more = status.details.filter((detail) => !detail.includes(status.message)).slice(0, 10);
  throw new TidegateError(
    nameOf(status),
    [`Job ${id} failed: ${status.reason}: ${status.message}`, ...more].join('\n'),
  );
}

function nameOf({ reason, message }: FailedJob): ErrorName {
  if (/Assertion failed/i.test(message)) return 'DeliveryMismatch';
  return reason === 'accessDenied' ? 'PermissionMissing' : 'LoadFailed';
}

/** The column that parts the table, where it is of the key: then a row's key tells its partition. */
function partitionInKey(contract: Contract): string | null {
  const { partitionField } = tableOf(contract);
  const known = contract.write.mode === 'merge' && partitionField && contract.key.includes(partitionField);
  return known ? partitionField : null;
}

async function countRows(runId: string, manifest: Manifest, ledger: TableRef, warehouse: Warehouse) {
  const found = await warehouse.ledgerRows(ledger, runId);
  const [row] = found;
  if (row && found.length === 1) {
    const { attempt: _, ...rows } = row;
    if (rows.staged === manifest.rows.current && rows.staged === rows.applied + rows.superseded) return rows;
  }
  throw new TidegateError(
    'DeliveryMismatch',
    `The ledger has ${counted(found.length, 'row')} for run ${runId}: ${JSON.stringify(found)}; expected one with ${manifest.rows.current} staged = applied + superseded.`,
  );
}

/** Job ids may hold letters, digits, dashes and underscores; so do datasets and runs. */
const jobPrefix = ({ dataset, runId, attempt }: ChangeSet): string =>
  `tidegate-${dataset}-${runId}-${attempt}`;

const stagingName = ({ contract, runId, attempt }: ChangeSet, number: number): string =>
  `${contract.table}__${runId.replace('-', '_')}_${attempt}_${number}`;
