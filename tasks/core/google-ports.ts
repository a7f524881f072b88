import type { Readable } from 'node:stream';

/** What the delivery needs of Google. `tasks/adapters` implements these on Google's clients. */

/** An object's size in bytes, and its CRC32C in base64 as Cloud Storage writes it. */
export interface PartHead {
  sizeBytes: number;
  crc32c: string;
}

export interface PartStore {
  /** Null when there is no such object. */
  head(name: string): Promise<PartHead | null>;
  /**
   * Creates an object of a stream; one that is there already is left as it is.
   * @returns what Cloud Storage received, or null when the object was there.
   */
  create(name: string, content: Readable): Promise<PartHead | null>;
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
  /** A DATE, TIMESTAMP or DATETIME column whose days part the table. */
  partitionField?: string;
  clusterFields?: string[];
  /** Not enforced by BigQuery. */
  primaryKey?: string[];
  /** When BigQuery drops it, in milliseconds since 1970. */
  expirationTime?: number;
}

export type JobStatus =
  | { state: 'RUNNING' }
  | { state: 'DONE'; outputRows: number | null }
  /** `reason` is BigQuery's, e.g. "invalid"; `details` are all its errors. */
  | { state: 'FAILED'; reason: string; message: string; details: string[] };

export type QueryParameter = { type: 'STRING' | 'INT64'; value: string | number };

export interface Warehouse {
  /** The columns of a table; null when there is none. */
  tableFields(ref: TableRef): Promise<TableField[] | null>;
  /** A table that is there already is left as it is. */
  createTable(ref: TableRef, definition: TableDefinition): Promise<void>;
  /** Gives a table these columns; BigQuery refuses whatever does not only add or relax. */
  setFields(ref: TableRef, fields: TableField[]): Promise<void>;
  /** Null when no job of that id was ever accepted. */
  job(jobId: string): Promise<JobStatus | null>;
  /** Starts a load of Parquet files into a table; a job of that id is left as it is. */
  startLoad(jobId: string, uris: string[], into: TableRef, definition: TableDefinition): Promise<void>;
  /** Starts a script; a job of that id is left as it is. */
  startScript(jobId: string, sql: string, parameters: Record<string, QueryParameter>): Promise<void>;
  /** The rows of a short query. */
  rows(sql: string, parameters: Record<string, QueryParameter>): Promise<Record<string, unknown>[]>;
  /** A table's name as SQL has it, quoted. */
  sqlName(ref: TableRef): string;
}
