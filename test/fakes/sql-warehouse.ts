import { DatabaseSync } from 'node:sqlite';
import { mergeScript, type QueryParameter } from '../../tasks/adapters/merge-sql.ts';
import type {
  JobStatus,
  LedgerRow,
  Merge,
  PartitionRange,
  TableDefinition,
  TableField,
  TableRef,
  Warehouse,
} from '../../tasks/core/google-ports.ts';
import { conflictingTarget, sqliteStatements } from './sqlite-dialect.ts';

/** What a warehouse in memory needs of the world around it. */
export interface WarehouseSurroundings {
  now(): number;
  /** The bytes of an object of Cloud Storage; null when there is none. */
  content(uri: string): Uint8Array | null;
  /** Does the work of a job: at once, or later. */
  work(jobId: string, does: () => void): void;
  /** What a job is made to fail with, asked once when it ends; null: nothing. */
  failing?(jobId: string): { reason: string; message: string } | null;
}

interface Job {
  status: JobStatus;
  /** The counter of every table when the job began: what tells whether another transaction came between. */
  began: ReadonlyMap<string, number>;
}

/** What a row is taken to have: enough that more rows are more bytes. */
const ROW_BYTES = 8;

/** Thrown by a job that ends badly. */
class JobFailure extends Error {
  readonly reason: string;
  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

/**
 * BigQuery in memory: the very scripts that are sent run on SQLite, with what differs written over. As strict as the
 * real one where the delivery relies on it: an id is used once and burned by a failure, loads and scripts are all or
 * nothing, two transactions that change the same table cannot both go through unseen, and a MERGE refuses two source
 * rows for one row of the target. A part is a JSON array of rows.
 */
export class SqlWarehouse implements Warehouse {
  readonly #around: WarehouseSurroundings;
  readonly #sql = new DatabaseSync(':memory:', { allowUnknownNamedParameters: true });
  readonly #tables = new Map<string, TableDefinition>();
  readonly #jobs = new Map<string, Job>();
  readonly #commits = new Map<string, number>();

  constructor(around: WarehouseSurroundings) {
    this.#around = around;
    this.#sql.aggregate('COUNTIF', { start: 0, step: (count, value) => Number(count) + (value ? 1 : 0) });
  }

  async tableFields(ref: TableRef): Promise<TableField[] | null> {
    return this.definition(ref)?.fields ?? null;
  }

  async createTable(ref: TableRef, definition: TableDefinition): Promise<void> {
    const name = nameOf(ref);
    if (this.#definition(name)) return;
    const columns = definition.fields.map(columnOf).join(', ');
    this.#sql.exec(`CREATE TABLE ${sqlName(ref)} (${columns})`);
    this.#tables.set(name, structuredClone(definition));
  }

  async setFields(ref: TableRef, fields: TableField[]): Promise<void> {
    const name = nameOf(ref);
    const definition = this.#definition(name);
    if (!definition) throw new Error(`Not found: Table ${name}`);
    for (const field of fields) {
      if (definition.fields.some((known) => known.name === field.name)) continue;
      this.#sql.exec(`ALTER TABLE \`${name}\` ADD COLUMN ${columnOf({ ...field, mode: 'NULLABLE' })}`);
    }
    this.#tables.set(name, { ...definition, fields: structuredClone(fields) });
  }

  async job(jobId: string): Promise<JobStatus | null> {
    return this.#jobs.get(jobId)?.status ?? null;
  }

  async startLoad(jobId: string, uris: string[], into: TableRef): Promise<void> {
    this.#start(jobId, () => this.#load(uris, nameOf(into)));
  }

  async widenField(ref: TableRef, field: TableField): Promise<void> {
    const fields = (await this.tableFields(ref)) ?? [];
    await this.setFields(
      ref,
      fields.map((known) => (known.name === field.name ? { ...known, ...field } : known)),
    );
  }

  async rangeOf(ref: TableRef, column: string): Promise<PartitionRange | null> {
    const sql = `SELECT MIN(\`${column}\`) AS first, MAX(\`${column}\`) AS last FROM ${sqlName(ref)}`;
    const { first, last } = this.#sql.prepare(sql).get() ?? {};
    return typeof first === 'string' && typeof last === 'string' ? { column, first, last } : null;
  }

  async startMerge(jobId: string, merge: Merge): Promise<void> {
    const { sql, parameters } = mergeScript(merge, sqlName);
    this.#start(jobId, () => {
      this.#run(jobId, sql, parameters);
      return this.content(merge.staging).length * ROW_BYTES;
    });
  }

  async mergeBytes({ target, staging }: Pick<Merge, 'target' | 'staging'>): Promise<number> {
    return (this.content(target).length + this.content(staging).length) * ROW_BYTES;
  }

  async ledgerRows(ledger: TableRef, runId: string): Promise<LedgerRow[]> {
    return this.content(ledger)
      .filter((row) => row['kind'] === 'run' && row['run_id'] === runId)
      .map((row) => ({
        attempt: Number(row['attempt']),
        staged: Number(row['rows_staged']),
        applied: Number(row['rows_applied']),
        superseded: Number(row['rows_superseded']),
        estimatedBytes: Number(row['bytes_estimated']),
      }));
  }

  /** What a table was made as, for whoever looks from outside; null when there is no such table. */
  definition(ref: TableRef): TableDefinition | null {
    return this.#definition(nameOf(ref)) ?? null;
  }

  /** Deletes a table, as somebody may by hand. */
  drop(ref: TableRef): void {
    this.#drop(nameOf(ref));
  }

  /** The rows of a table, for whoever looks from outside; none when there is no such table. */
  content(ref: TableRef): Record<string, unknown>[] {
    const name = nameOf(ref);
    if (!this.#definition(name)) return [];
    return this.#sql.prepare(`SELECT * FROM \`${name}\``).all() as Record<string, unknown>[];
  }

  close(): void {
    this.#sql.close();
  }

  /** A job of an id that was used is left as it is: that is what 409 says. */
  #start(jobId: string, work: () => number): void {
    if (this.#jobs.has(jobId)) return;
    const job: Job = {
      status: { state: 'RUNNING', createdAt: new Date(this.#around.now()) },
      began: new Map(this.#commits),
    };
    this.#jobs.set(jobId, job);
    this.#around.work(jobId, () => {
      try {
        const failing = this.#around.failing?.(jobId);
        if (failing) throw new JobFailure(failing.reason, failing.message);
        job.status = { state: 'DONE', bytes: work() };
      } catch (error) {
        const reason = error instanceof JobFailure ? error.reason : 'invalidQuery';
        const { message } = error as Error;
        job.status = { state: 'FAILED', reason, message, details: [`${reason}: ${message}`] };
      }
    });
  }

  /** Gives the bytes that it read. */
  #load(uris: string[], into: string): number {
    const definition = this.#definition(into);
    if (!definition) throw new JobFailure('notFound', `Not found: Table ${into}`);
    let bytes = 0;
    const rows = uris.flatMap((uri) => {
      const content = this.#around.content(uri);
      if (!content) throw new JobFailure('notFound', `Not found: URI ${uri}`);
      bytes += content.length;
      try {
        return JSON.parse(Buffer.from(content).toString('utf8')) as Record<string, string | number | null>[];
      } catch {
        throw new JobFailure('invalid', `Error while reading data, file ${uri} is damaged.`);
      }
    });
    const names = definition.fields.map(({ name }) => name);
    const insert = `INSERT INTO \`${into}\` (${names.map((name) => `\`${name}\``).join(', ')}) VALUES (${names.map(() => '?').join(', ')})`;
    this.#inTransaction(() => {
      this.#sql.exec(`DELETE FROM \`${into}\``);
      const statement = this.#sql.prepare(insert);
      for (const row of rows) statement.run(...names.map((name) => row[name] ?? null));
    });
    return bytes;
  }

  #run(jobId: string, sql: string, parameters: Record<string, QueryParameter>): void {
    const values = { ...bound(parameters), now: new Date(this.#around.now()).toISOString() };
    const changed = new Set<string>();
    this.#inTransaction(() => {
      for (const { text, kind, message, target } of sqliteStatements(sql)) {
        if (target) changed.add(target);
        if (kind === 'assert') {
          if (Object.values(this.#sql.prepare(text).get(values) ?? {})[0] !== 1) {
            throw new JobFailure('invalidQuery', message ?? '');
          }
        } else if (kind === 'unique') {
          if (this.#sql.prepare(text).get(values)) throw new JobFailure('invalidQuery', conflictingTarget);
        } else if (kind === 'change') this.#sql.prepare(text).run(values);
      }
      const began = this.#jobs.get(jobId)?.began;
      for (const table of changed) {
        if (this.#commits.get(table) === began?.get(table)) continue;
        throw new JobFailure(
          'invalidQuery',
          `Transaction is aborted due to concurrent update against table ${table}.`,
        );
      }
    });
    for (const table of changed) this.#commits.set(table, (this.#commits.get(table) ?? 0) + 1);
  }

  #inTransaction(work: () => void): void {
    this.#sql.exec('BEGIN');
    try {
      work();
      this.#sql.exec('COMMIT');
    } catch (error) {
      this.#sql.exec('ROLLBACK');
      throw error;
    }
  }

  /** A table whose time is over is gone. */
  #definition(name: string): TableDefinition | undefined {
    const definition = this.#tables.get(name);
    if (definition?.expirationTime === undefined || definition.expirationTime > this.#around.now()) {
      return definition;
    }
    this.#drop(name);
    return undefined;
  }

  #drop(name: string): void {
    this.#tables.delete(name);
    this.#sql.exec(`DROP TABLE \`${name}\``);
  }
}

const sqlName = (ref: TableRef): string => `\`${nameOf(ref)}\``;

const nameOf = ({ dataset, table }: TableRef): string => `${dataset}.${table}`;

const TYPES: Record<string, string> = { INT64: 'INTEGER', FLOAT64: 'REAL', BOOL: 'INTEGER' };

const columnOf = ({ name, type, mode }: TableField): string =>
  `\`${name}\` ${TYPES[type] ?? 'TEXT'}${mode === 'REQUIRED' ? ' NOT NULL' : ''}`;

const bound = (parameters: Record<string, QueryParameter>): Record<string, string | number> =>
  Object.fromEntries(
    Object.entries(parameters).map(([name, { value }]) => [
      name,
      Array.isArray(value) ? JSON.stringify(value) : value,
    ]),
  );
