import type { Readable } from 'node:stream';
import type { Contract } from './contract.ts';

/** What the delivery needs of Google. `tasks/adapters` implements these on Google's clients, `test/fakes` in memory. */

/** An object's size in bytes, and its CRC32C in base64 as Cloud Storage writes it. */
export interface PartHead {
  sizeBytes: number;
  crc32c: string;
}

export interface PartStore {
  /** Null when there is no such object. */
  head(name: string): Promise<PartHead | null>;
  /**
   * Begins the upload of an object that is not there yet. Whoever knows the session can go on with it for days.
   * @returns the session; null when the object is there.
   */
  begin(name: string): Promise<string | null>;
  /**
   * Sends an object's content, opened at its first byte; of a session that is gone on with, the bytes that have arrived
   * are left out. It is whole with its last byte only, and is not sent again by itself.
   * @returns what Cloud Storage received; null when the object is there; 'expired' when the session is over: no longer
   *   known, or complete before this call.
   */
  send(
    name: string,
    session: { id: string; isNew: boolean },
    open: () => Promise<Readable>,
    sizeBytes: number,
  ): Promise<PartHead | null | 'expired'>;
  delete(name: string): Promise<void>;
  /** The `gs://` URI of an object. */
  uri(name: string): string;
}

export interface TableRef {
  dataset: string;
  table: string;
}

/** A column as BigQuery's REST API has it. */
export interface TableField {
  name: string;
  type: string;
  mode: 'REQUIRED' | 'NULLABLE';
  description?: string;
  precision?: string;
  scale?: string;
}

export interface TableDefinition {
  fields: TableField[];
  description?: string;
  labels?: Record<string, string>;
  /** A DATE, TIMESTAMP or DATETIME column whose months part the table. */
  partitionField?: string;
  clusterFields?: string[];
  /** Not enforced by BigQuery. */
  primaryKey?: string[];
  /** When BigQuery drops it, in milliseconds since 1970. */
  expirationTime?: number;
}

export type JobStatus =
  | { state: 'RUNNING'; createdAt: Date }
  /** Bytes are those that BigQuery read, and bills a query for. */
  | { state: 'DONE'; bytes: number }
  /** `reason` is BigQuery's, e.g. "invalid"; `details` are all its errors. */
  | { state: 'FAILED'; reason: string; message: string; details: string[] };

/** The values of a partition column between which all rows of a change set lie, as text. */
export interface PartitionRange {
  column: string;
  first: string;
  last: string;
}

/** The merge of one staging table into a dataset's table, with its ledger, all of it or nothing. */
export interface Merge {
  contract: Contract;
  target: TableRef;
  staging: TableRef;
  ledger: TableRef;
  runId: string;
  attempt: number;
  /** Rows that must be staged. */
  expectedRows: number;
  /** The uploads of the run that were LOADED. */
  uploadIds: string[];
  /** Null: the rows' keys do not tell their partitions. */
  range: PartitionRange | null;
  /** Columns of the table that the contract does not have: a row that is merged has nothing there. */
  otherColumns: string[];
  /** What `mergeBytes` estimated, for the ledger. */
  estimatedBytes: number;
}

/** What the ledger says of a run. */
export interface LedgerRow {
  attempt: number;
  staged: number;
  applied: number;
  superseded: number;
  estimatedBytes: number;
}

export interface Warehouse {
  /** The columns of a table; null when there is none. */
  tableFields(ref: TableRef): Promise<TableField[] | null>;
  /** A table that is there already is left as it is. */
  createTable(ref: TableRef, definition: TableDefinition): Promise<void>;
  /** Gives a table these columns; BigQuery refuses whatever does not only add, relax or describe. */
  setFields(ref: TableRef, fields: TableField[]): Promise<void>;
  /** Gives a column a type with more room. */
  widenField(ref: TableRef, field: TableField): Promise<void>;
  /** Null when no job of that id was ever accepted. */
  job(jobId: string): Promise<JobStatus | null>;
  /** Starts a load of Parquet files into a table; a job of that id is left as it is. */
  startLoad(jobId: string, uris: string[], into: TableRef, definition: TableDefinition): Promise<void>;
  /** The least and the greatest value of a column; null for a table without rows. */
  rangeOf(ref: TableRef, column: string): Promise<PartitionRange | null>;
  /** Starts a merge; a job of that id is left as it is. */
  startMerge(jobId: string, merge: Merge): Promise<void>;
  /** Bytes that a merge would read of the table and the staging table, as BigQuery estimates them. */
  mergeBytes(merge: Omit<Merge, 'estimatedBytes'>): Promise<number>;
  /** The ledger's rows of a run: one once it is merged. */
  ledgerRows(ledger: TableRef, runId: string): Promise<LedgerRow[]>;
}
