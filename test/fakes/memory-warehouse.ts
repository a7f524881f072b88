import type { Contract } from '../../tasks/core/contract.ts';
import type {
  JobStatus,
  QueryParameter,
  TableDefinition,
  TableField,
  TableRef,
  Warehouse,
} from '../../tasks/core/google-ports.ts';
import type { MemoryPartStore } from './memory-part-store.ts';
import { keyOf, merged, type RankedRow } from './ranked-rows.ts';

interface Table {
  fields: TableField[];
  rows: RankedRow[];
}

interface LedgerRow {
  attempt: number;
  rows_staged: number;
  rows_applied: number;
  rows_superseded: number;
}

export const BIGQUERY_DATASET = 'tidegate';
export const STAGING_DATASET = 'tidegate_staging';

/**
 * BigQuery in memory, as far as the delivery relies on it: job ids that are used once, atomic loads, and the merge of
 * a staging table by rank. It does not read SQL: what a merge script means is known, its tables are found by name.
 */
export class MemoryWarehouse implements Warehouse {
  readonly tables = new Map<string, Table>();
  readonly ledgers = new Map<string, Map<string, LedgerRow>>();
  readonly jobs = new Map<string, JobStatus & { pollsLeft: number }>();
  /** How many times a job is seen running before its end is seen. */
  runningPolls = 1;
  /** Called before a job does its work; what it gives is the failure that the job ends with. */
  beforeJob: ((jobId: string) => { reason: string; message: string } | null) | null = null;

  readonly #parts: MemoryPartStore;
  readonly #contracts: ReadonlyMap<string, Contract>;

  /** @param contracts by the name of their table. */
  constructor(parts: MemoryPartStore, contracts: ReadonlyMap<string, Contract>) {
    this.#parts = parts;
    this.#contracts = contracts;
  }

  /** The rows of a dataset's table. */
  rowsOf(table: string): RankedRow[] {
    return this.tables.get(`${BIGQUERY_DATASET}.${table}`)?.rows ?? [];
  }

  async tableFields(ref: TableRef): Promise<TableField[] | null> {
    return this.tables.get(nameOf(ref))?.fields ?? null;
  }

  async createTable(ref: TableRef, definition: TableDefinition): Promise<void> {
    if (!this.tables.has(nameOf(ref))) this.tables.set(nameOf(ref), { fields: definition.fields, rows: [] });
  }

  async setFields(ref: TableRef, fields: TableField[]): Promise<void> {
    this.#table(nameOf(ref)).fields = fields;
  }

  async job(jobId: string): Promise<JobStatus | null> {
    const job = this.jobs.get(jobId);
    if (!job) return null;
    const { pollsLeft, ...status } = job;
    if (pollsLeft === 0) return status;
    job.pollsLeft -= 1;
    return { state: 'RUNNING' };
  }

  async startLoad(jobId: string, uris: string[], into: TableRef): Promise<void> {
    this.#start(jobId, () => {
      const parts = uris.map((uri) => this.#parts.parts.get(uri.slice('gs://transfer/'.length)));
      if (parts.includes(undefined)) return { reason: 'notFound', message: `Not found: ${uris.join(', ')}` };
      const rows = parts.flatMap((part): RankedRow[] => JSON.parse(String(part)));
      this.#table(nameOf(into)).rows = rows;
      return rows.length;
    });
  }

  async startScript(jobId: string, sql: string, parameters: Record<string, QueryParameter>): Promise<void> {
    this.#start(jobId, () => {
      const names = new Set([...sql.matchAll(/`project\.([\w-]+\.[\w-]+)`/g)].map(([, name = '']) => name));
      const ledger = [...names].find((name) => name.endsWith('__ledger'));
      const staging = [...names].find((name) => name.startsWith(`${STAGING_DATASET}.`));
      const target = [...names].find((name) => name !== ledger && name !== staging);
      if (!ledger || !staging || !target) throw new Error(`no merge script: ${sql}`);
      return this.#merge({ ledger, staging, target }, parameters);
    });
  }

  async rows(sql: string, parameters: Record<string, QueryParameter>): Promise<Record<string, unknown>[]> {
    const [, ledger = ''] = /`project\.([\w-]+\.[\w-]+__ledger)`/.exec(sql) ?? [];
    const row = this.ledgers.get(ledger)?.get(String(parameters['run_id']?.value));
    return row ? [{ ...row }] : [];
  }

  sqlName({ dataset, table }: TableRef): string {
    return `\`project.${dataset}.${table}\``;
  }

  #start(jobId: string, work: () => number | { reason: string; message: string }): void {
    if (this.jobs.has(jobId)) return;
    const end = this.beforeJob?.(jobId) ?? work();
    this.jobs.set(jobId, {
      ...(typeof end === 'number'
        ? { state: 'DONE', outputRows: end }
        : { state: 'FAILED', ...end, details: [] }),
      pollsLeft: this.runningPolls,
    });
  }

  #merge(
    names: { ledger: string; staging: string; target: string },
    parameters: Record<string, QueryParameter>,
  ): number | { reason: string; message: string } {
    const [staging, target] = [this.#table(names.staging), this.#table(names.target)];
    const contract = this.#contracts.get(names.target.split('.')[1] ?? '');
    if (!contract) throw new Error(`no contract of ${names.target}`);
    if (staging.rows.length !== parameters['expected']?.value) {
      return {
        reason: 'invalidQuery',
        message: 'Assertion failed: the staging table does not hold the rows',
      };
    }
    target.rows = merged(contract, target.rows, staging.rows);
    const current = new Map(target.rows.map((row) => [keyOf(contract, row), JSON.stringify(row)]));
    const applied = staging.rows.filter((row) => current.get(keyOf(contract, row)) === JSON.stringify(row));
    const ledger = this.ledgers.get(names.ledger) ?? new Map<string, LedgerRow>();
    this.ledgers.set(names.ledger, ledger);
    ledger.set(String(parameters['run_id']?.value), {
      attempt: Number(parameters['attempt']?.value),
      rows_staged: staging.rows.length,
      rows_applied: applied.length,
      rows_superseded: staging.rows.length - applied.length,
    });
    return staging.rows.length;
  }

  #table(name: string): Table {
    const table = this.tables.get(name);
    if (!table) throw new Error(`Not found: Table ${name}`);
    return table;
  }
}

const nameOf = ({ dataset, table }: TableRef): string => `${dataset}.${table}`;
