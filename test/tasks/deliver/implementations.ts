import type { BigQuery } from '@google-cloud/bigquery';
import { BigQueryWarehouse } from '../../../tasks/adapters/bigquery-warehouse.ts';
import { GcsPartStore } from '../../../tasks/adapters/gcs-part-store.ts';
import { type GoogleServices, LOCATION, PROJECT, startGoogleServices } from '../../fakes/google-services.ts';
import { MemoryPartStore } from '../../fakes/memory-part-store.ts';
import { changeSetParts } from '../../fakes/parquet.ts';
import type { RankedRow } from '../../fakes/ranked-rows.ts';
import { SqlWarehouse, type WarehouseSurroundings } from '../../fakes/sql-warehouse.ts';
import type { Google, PartRows } from './delivery-world.ts';

export interface Implementation {
  name: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** An empty warehouse and an empty part store. */
  fresh(): Promise<Google>;
  /** Makes every statement of the next merge scripts take some time, so that they overlap. */
  slowMerges(): Promise<void>;
  /** Makes the next load job fail for that reason. */
  failNextLoad(reason: string): Promise<void>;
}

export function inMemory(): Implementation {
  let failing: string | null = null;
  return {
    name: 'in memory',
    start: async () => {},
    stop: async () => {},
    slowMerges: async () => {},
    failNextLoad: async (reason) => {
      failing = reason;
    },
    async fresh() {
      const parts = new MemoryPartStore();
      const warehouse = new PolledWarehouse(parts, () => {
        const reason = failing;
        failing = null;
        return reason === null ? null : { reason, message: 'made to fail' };
      });
      const [datasetName, stagingDatasetName] = ['d', 's'];
      return {
        parts,
        warehouse,
        datasetName,
        stagingDatasetName,
        partsOf: (parts) => parts.map(({ rows }) => Buffer.from(JSON.stringify(rows))),
        rowsOf: async ({ table }) => warehouse.content({ dataset: datasetName, table }) as RankedRow[],
        drop: async (table) => warehouse.drop({ dataset: datasetName, table }),
        ledgerRuns: async ({ table }) =>
          warehouse
            .content({ dataset: datasetName, table: `${table}__ledger` })
            .filter(({ kind }) => kind === 'run')
            .map((row) => String(row['run_id'])),
      };
    },
  };
}

/** A warehouse in memory whose jobs are seen running once, and then do their work. */
class PolledWarehouse extends SqlWarehouse {
  readonly #begun: Map<string, () => void>;

  constructor(parts: MemoryPartStore, failing: NonNullable<WarehouseSurroundings['failing']>) {
    const begun = new Map<string, () => void>();
    super({
      now: () => Date.now(),
      content: (uri) => parts.content(uri),
      work: (jobId, does) => void begun.set(jobId, does),
      failing,
    });
    this.#begun = begun;
  }

  override async job(jobId: string) {
    const seen = await super.job(jobId);
    this.#begun.get(jobId)?.();
    this.#begun.delete(jobId);
    return seen;
  }
}

/** The adapters on Google's clients, over the stand-ins. */
export function overStandIns(): Implementation {
  let services: GoogleServices;
  let made = 0;
  const written = new Map<string, Buffer>();
  return {
    name: "by Google's clients over the stand-ins",
    async start() {
      services = await startGoogleServices();
    },
    stop: () => services.stop(),
    slowMerges: () =>
      services.bigQueryFaults({ match: 'STATEMENT .*-merge-', kind: 'delay', ms: 20, times: 60 }),
    failNextLoad: (reason) => services.bigQueryFaults({ match: '^JOB load ', kind: 'jobError', reason }),
    async fresh() {
      made += 1;
      // Of the same names each time, so that the stand-in need not translate the same SQL anew.
      const [datasetName, stagingDatasetName] = ['d', 's'];
      const { bigquery, storage } = services;
      for (const name of [datasetName, stagingDatasetName]) {
        if (made > 1) await bigquery.dataset(name).delete({ force: true });
        await bigquery.createDataset(name);
      }
      const [bucket] = await storage.createBucket(`b${made}`);
      const query = async (sql: string) => (await bigquery.query(sql))[0];
      return {
        parts: new GcsPartStore(bucket),
        warehouse: new WarehouseOfItsOwn(bigquery, `w${made}`),
        datasetName,
        stagingDatasetName,
        partsOf(parts) {
          const missing = parts.filter((part) => !written.has(keyOf(part)));
          for (const [index, body] of changeSetParts(...missing).entries())
            written.set(keyOf(missing[index]), body);
          return parts.map((part) => written.get(keyOf(part)) ?? Buffer.alloc(0));
        },
        async rowsOf({ table }) {
          const [exists] = await bigquery.dataset(datasetName).table(table).exists();
          return exists ? (await query(`SELECT * FROM ${datasetName}.${table}`)).map(plain) : [];
        },
        async drop(table) {
          await bigquery.dataset(datasetName).table(table).delete();
        },
        async ledgerRuns({ table }) {
          const rows = await query(
            `SELECT run_id FROM ${datasetName}.${table}__ledger WHERE kind = 'run' ORDER BY run_id`,
          );
          return rows.map(({ run_id }) => run_id);
        },
      };
    },
  };
}

const keyOf = (part: PartRows | undefined): string => JSON.stringify([part?.contract.columns, part?.rows]);

/** Of the runs that the tests name alike, each warehouse has its own jobs. */
class WarehouseOfItsOwn extends BigQueryWarehouse {
  readonly #name: string;

  constructor(bigquery: BigQuery, name: string) {
    super(bigquery, PROJECT, LOCATION);
    this.#name = name;
  }

  override job(jobId: string) {
    return super.job(`${this.#name}-${jobId}`);
  }

  override startLoad(jobId: string, ...rest: Tail<Parameters<BigQueryWarehouse['startLoad']>>) {
    return super.startLoad(`${this.#name}-${jobId}`, ...rest);
  }

  override startMerge(jobId: string, ...rest: Tail<Parameters<BigQueryWarehouse['startMerge']>>) {
    return super.startMerge(`${this.#name}-${jobId}`, ...rest);
  }
}

type Tail<All extends unknown[]> = All extends [unknown, ...infer Rest] ? Rest : never;

/** A row as its file had it: Google's client wraps dates and times. */
function plain(row: Record<string, unknown>): RankedRow {
  const unwrapped = Object.entries(row).map(([name, value]) => [
    name,
    value !== null && typeof value === 'object' && 'value' in value ? value.value : value,
  ]);
  return { ...Object.fromEntries(unwrapped), _uploaded_at: '2024-01-31T00:00:00Z' };
}
