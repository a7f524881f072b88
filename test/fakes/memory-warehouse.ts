import type { Contract } from '../../tasks/core/contract.ts';
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
import type { MemoryPartStore } from './memory-part-store.ts';
import { keyOf, merged, type RankedRow } from './ranked-rows.ts';

interface Table {
  definition: TableDefinition;
  rows: RankedRow[];
}

interface Ledger {
  merges: number;
  runs: Map<string, LedgerRow>;
  /** Upload to the newest run that brought it. */
  uploads: Map<string, string>;
}

type Failure = { reason: string; message: string };

interface Job {
  createdAt: Date;
  pollsLeft: number;
  /** Does the job's work; gives the bytes that it read. */
  work: () => number | Failure;
  end: number | Failure | null;
}

export const BIGQUERY_DATASET = 'tidegate';
export const STAGING_DATASET = 'tidegate_staging';

/**
 * BigQuery in memory, as far as the delivery relies on it: job ids that are used once, atomic loads, and merges by
 * rank of which two that overlap cannot both go through. A job's work is done when its end is first seen.
 */
export class MemoryWarehouse implements Warehouse {
  readonly tables = new Map<string, Table>();
  readonly ledgers = new Map<string, Ledger>();
  readonly jobs = new Map<string, Job>();
  /** How many times a job is seen running before its end is seen. */
  runningPolls = 1;
  /** Called before a job does its work; what it gives is the failure that the job ends with. */
  beforeJob: ((jobId: string) => Failure | null) | null = null;

  readonly #parts: MemoryPartStore;

  constructor(parts: MemoryPartStore) {
    this.#parts = parts;
  }

  /** The rows of a dataset's table. */
  rowsOf(table: string): RankedRow[] {
    return this.tables.get(`${BIGQUERY_DATASET}.${table}`)?.rows ?? [];
  }

  async tableFields(ref: TableRef): Promise<TableField[] | null> {
    return this.tables.get(nameOf(ref))?.definition.fields ?? null;
  }

  async createTable(ref: TableRef, definition: TableDefinition): Promise<void> {
    if (!this.tables.has(nameOf(ref))) this.tables.set(nameOf(ref), { definition, rows: [] });
  }

  async setFields(ref: TableRef, fields: TableField[]): Promise<void> {
    this.#table(ref).definition = { ...this.#table(ref).definition, fields };
  }

  async widenField(ref: TableRef, field: TableField): Promise<void> {
    const { fields } = this.#table(ref).definition;
    const { type, precision, scale } = field;
    const size = { ...(precision && { precision }), ...(scale && { scale }) };
    await this.setFields(
      ref,
      fields.map((old) => (old.name === field.name ? { ...old, type, ...size } : old)),
    );
  }

  async job(jobId: string): Promise<JobStatus | null> {
    const job = this.jobs.get(jobId);
    if (!job) return null;
    if (job.pollsLeft > 0) {
      job.pollsLeft -= 1;
      return { state: 'RUNNING', createdAt: job.createdAt };
    }
    job.end ??= this.beforeJob?.(jobId) ?? job.work();
    if (typeof job.end === 'number') return { state: 'DONE', bytes: job.end };
    return { state: 'FAILED', ...job.end, details: [] };
  }

  async startLoad(jobId: string, uris: string[], into: TableRef): Promise<void> {
    this.#start(jobId, () => {
      const parts = uris.map((uri) => this.#parts.parts.get(uri.slice(this.#parts.uri('').length)));
      if (parts.includes(undefined)) return { reason: 'notFound', message: `Not found: ${uris.join(', ')}` };
      this.#table(into).rows = parts.flatMap((part): RankedRow[] => JSON.parse(String(part)));
      return parts.reduce((bytes, part) => bytes + (part?.length ?? 0), 0);
    });
  }

  async rangeOf(ref: TableRef, column: string): Promise<PartitionRange | null> {
    const values = this.#table(ref)
      .rows.map((row) => String(row[column]))
      .toSorted();
    const [first, last] = [values[0], values.at(-1)];
    return first !== undefined && last !== undefined ? { column, first, last } : null;
  }

  async startMerge(jobId: string, merge: Merge): Promise<void> {
    const begunAt = this.#ledger(merge.ledger).merges;
    this.#start(jobId, () => this.#merge(merge, begunAt));
  }

  async mergeBytes({ target, staging }: Omit<Merge, 'estimatedBytes'>): Promise<number> {
    return (this.#table(target).rows.length + this.#table(staging).rows.length) * 8;
  }

  async ledgerRows(ledger: TableRef, runId: string): Promise<LedgerRow[]> {
    const row = this.#ledger(ledger).runs.get(runId);
    return row ? [{ ...row }] : [];
  }

  #start(jobId: string, work: Job['work']): void {
    if (this.jobs.has(jobId)) return;
    this.jobs.set(jobId, { createdAt: new Date(0), pollsLeft: this.runningPolls, work, end: null });
  }

  #merge({ contract, expectedRows, uploadIds, runId, attempt, ...merge }: Merge, begunAt: number) {
    const [staging, target, ledger] = [
      this.#table(merge.staging),
      this.#table(merge.target),
      this.#ledger(merge.ledger),
    ];
    if (ledger.merges !== begunAt) {
      const message = `Transaction is aborted due to concurrent update against table ${merge.ledger.table}.`;
      return { reason: 'invalidQuery', message };
    }
    if (staging.rows.length !== expectedRows) {
      const message = 'Assertion failed: the staging table does not hold the rows of the change set';
      return { reason: 'invalidQuery', message };
    }
    ledger.merges += 1;
    target.rows = this.#mergedRows(contract, target.rows, staging.rows, ledger, uploadIds, runId);
    const rows = new Map(target.rows.map((row) => [keyOf(contract, row), JSON.stringify(row)]));
    const applied = staging.rows.filter((row) => rows.get(keyOf(contract, row)) === JSON.stringify(row));
    ledger.runs.set(runId, {
      attempt,
      staged: staging.rows.length,
      applied: applied.length,
      superseded: staging.rows.length - applied.length,
      estimatedBytes: merge.estimatedBytes,
    });
    return staging.rows.length * 8;
  }

  /** A form of an upload that an older run brought gives way to that of a newer one, whichever comes first. */
  #mergedRows(
    contract: Contract,
    table: RankedRow[],
    staged: RankedRow[],
    { uploads }: Ledger,
    uploadIds: string[],
    runId: string,
  ): RankedRow[] {
    const { mode } = contract.write;
    if (mode === 'merge') return merged(contract, table, staged);
    for (const id of uploadIds) {
      const newest = uploads.get(id);
      if (newest === undefined || newest < runId) uploads.set(id, runId);
    }
    const isNewest = (row: RankedRow): boolean => (uploads.get(row._upload_id) ?? '') <= row._run_id;
    const kept = table.filter(isNewest);
    return merged(contract, kept, staged.filter(isNewest));
  }

  #table(ref: TableRef): Table {
    const table = this.tables.get(nameOf(ref));
    if (!table) throw new Error(`Not found: Table ${nameOf(ref)}`);
    return table;
  }

  #ledger(ref: TableRef): Ledger {
    const ledger = this.ledgers.get(nameOf(ref)) ?? { merges: 0, runs: new Map(), uploads: new Map() };
    this.ledgers.set(nameOf(ref), ledger);
    return ledger;
  }
}

const nameOf = ({ dataset, table }: TableRef): string => `${dataset}.${table}`;
