import { BigQuery } from '@google-cloud/bigquery';
import type {
  JobStatus,
  LedgerRow,
  Merge,
  PartitionRange,
  TableDefinition,
  TableField,
  TableRef,
  Warehouse,
} from '../core/google-ports.ts';
import { environment } from './environment.ts';
import { answerWithin, googleAuthClient } from './google-client.ts';
import { googleFailure, statusOf } from './google-failure.ts';
import { costliestStatement, mergeScript, type QueryParameter, type Sql } from './merge-sql.ts';

const CALL_TIMEOUT_MS = 20_000;

export class BigQueryWarehouse implements Warehouse {
  readonly #bigquery: BigQuery;
  readonly #project: string;
  readonly #location: string;
  readonly #limitMs: number;

  constructor(bigquery: BigQuery, project: string, location: string, limitMs = CALL_TIMEOUT_MS) {
    this.#bigquery = bigquery;
    this.#project = project;
    this.#location = location;
    this.#limitMs = limitMs;
  }

  async tableFields(ref: TableRef): Promise<TableField[] | null> {
    const metadata = await this.#absentAsNull(() => this.#table(ref).getMetadata());
    return metadata && (metadata[0].schema?.fields ?? []);
  }

  async createTable({ dataset, table }: TableRef, definition: TableDefinition): Promise<void> {
    const { fields, partitionField, clusterFields, primaryKey, expirationTime, ...rest } = definition;
    const body = {
      ...rest,
      schema: { fields },
      // A dataset may say otherwise, and then keys were the same that differ by case.
      defaultCollation: '',
      ...(partitionField && { timePartitioning: { type: 'MONTH', field: partitionField } }),
      ...(clusterFields?.length && { clustering: { fields: clusterFields } }),
      ...(primaryKey?.length && { tableConstraints: { primaryKey: { columns: primaryKey } } }),
      ...(expirationTime && { expirationTime: String(expirationTime) }),
    };
    await existingAsDone(() => this.#answer(() => this.#bigquery.dataset(dataset).createTable(table, body)));
    if (!expirationTime) await this.#keep({ dataset, table });
  }

  /** Takes from a table what its dataset lets tables, or their partitions, expire by: nothing can say so beforehand. */
  async #keep(ref: TableRef): Promise<void> {
    const table = this.#table(ref);
    const [{ expirationTime, timePartitioning }] = await named(() => this.#answer(() => table.getMetadata()));
    if (!expirationTime && !timePartitioning?.expirationMs) return;
    const lasting = {
      expirationTime: null,
      ...(timePartitioning && { timePartitioning: { ...timePartitioning, expirationMs: null } }),
    };
    await named(() => this.#answer(() => table.setMetadata(lasting as object)));
  }

  async setFields(ref: TableRef, fields: TableField[]): Promise<void> {
    await named(() => this.#answer(() => this.#table(ref).setMetadata({ schema: { fields } })));
  }

  /** By SQL: the API changes no types. Contracts allow letters, digits and underscores only in a column's name. */
  async widenField(ref: TableRef, { name, type, precision, scale }: TableField): Promise<void> {
    const sql = `ALTER TABLE ${this.#sqlName(ref)} ALTER COLUMN \`${name}\` SET DATA TYPE ${type}(${precision}, ${scale})`;
    await this.#query({ sql, parameters: {} });
  }

  async job(jobId: string): Promise<JobStatus | null> {
    const found = await this.#absentAsNull(() =>
      this.#bigquery.job(jobId, { location: this.#location }).getMetadata(),
    );
    if (!found) return null;
    const [{ status, statistics }] = found;
    if (status?.state !== 'DONE')
      return { state: 'RUNNING', createdAt: new Date(Number(statistics?.creationTime)) };
    // Only errorResult says that the job failed; `errors` may hold what did not matter.
    const failed = status.errorResult;
    if (!failed) {
      const { query, load } = statistics ?? {};
      return { state: 'DONE', bytes: Number(query?.totalBytesProcessed ?? load?.inputFileBytes ?? 0) };
    }
    const details = (status.errors ?? []).map(
      (error: { reason?: string; message?: string; location?: string }) =>
        [error.reason, error.location, error.message].filter(Boolean).join(': '),
    );
    return { state: 'FAILED', reason: failed.reason ?? 'unknown', message: failed.message ?? '', details };
  }

  async startLoad(jobId: string, uris: string[], into: TableRef, definition: TableDefinition): Promise<void> {
    await this.#start(jobId, {
      load: {
        sourceUris: uris,
        sourceFormat: 'PARQUET',
        schema: { fields: definition.fields },
        // Without it, BigQuery takes every decimal for a NUMERIC.
        decimalTargetTypes: ['NUMERIC', 'BIGNUMERIC'],
        destinationTable: { projectId: this.#project, datasetId: into.dataset, tableId: into.table },
        createDisposition: 'CREATE_NEVER',
        writeDisposition: 'WRITE_TRUNCATE',
      },
    });
  }

  async rangeOf(ref: TableRef, column: string): Promise<PartitionRange | null> {
    const sql = `SELECT CAST(MIN(\`${column}\`) AS STRING) AS first, CAST(MAX(\`${column}\`) AS STRING) AS last FROM ${this.#sqlName(ref)}`;
    const [row] = await this.#query({ sql, parameters: {} });
    const { first, last } = row ?? {};
    return typeof first === 'string' && typeof last === 'string' ? { column, first, last } : null;
  }

  async startMerge(jobId: string, merge: Merge): Promise<void> {
    await this.#start(jobId, { query: queryOf(mergeScript(merge, this.#sqlName)) });
  }

  async mergeBytes(merge: Omit<Merge, 'estimatedBytes'>): Promise<number> {
    const configuration = { dryRun: true, query: queryOf(costliestStatement(merge, this.#sqlName)) };
    const job = { location: this.#location, configuration };
    const [, { statistics }] = await named(() => this.#answer(() => this.#bigquery.createJob(job)));
    return Number(statistics?.totalBytesProcessed ?? 0);
  }

  async ledgerRows(ledger: TableRef, runId: string): Promise<LedgerRow[]> {
    const sql = `SELECT attempt, rows_staged, rows_applied, rows_superseded, bytes_estimated
      FROM ${this.#sqlName(ledger)} WHERE kind = 'run' AND run_id = @run_id`;
    const rows = await this.#query({ sql, parameters: { run_id: { type: 'STRING', value: runId } } });
    return rows.map((row) => ({
      attempt: Number(row['attempt']),
      staged: Number(row['rows_staged']),
      applied: Number(row['rows_applied']),
      superseded: Number(row['rows_superseded']),
      estimatedBytes: Number(row['bytes_estimated']),
    }));
  }

  readonly #sqlName = ({ dataset, table }: TableRef): string => `\`${this.#project}.${dataset}.${table}\``;

  #table({ dataset, table }: TableRef) {
    return this.#bigquery.dataset(dataset).table(table);
  }

  readonly #answer = <T>(call: () => Promise<T>): Promise<T> => answerWithin(this.#limitMs, call);

  /** As long as it takes: the function's own time limit is near. */
  async #query({ sql, parameters }: Sql): Promise<Record<string, unknown>[]> {
    const params = Object.fromEntries(Object.entries(parameters).map(([name, { value }]) => [name, value]));
    const [rows] = await named(() => this.#bigquery.query({ query: sql, params, location: this.#location }));
    return rows;
  }

  async #start(jobId: string, configuration: object): Promise<void> {
    // The client ignores a jobReference: id and location go at the top.
    const job = { jobId, location: this.#location, configuration };
    await existingAsDone(() => this.#answer(() => this.#bigquery.createJob(job)));
  }

  async #absentAsNull<T>(call: () => Promise<T>): Promise<T | null> {
    try {
      return await this.#answer(call);
    } catch (error) {
      if (statusOf(error) === 404) return null;
      throw googleFailure('BigQuery', error);
    }
  }
}

/** What is there already was made by an earlier call whose answer was lost. */
async function existingAsDone(call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (statusOf(error) === 409 || isOfAcceptedJob(error)) return;
    throw googleFailure('BigQuery', error);
  }
}

/** createJob also throws the errors of a job that was accepted, without any code: its status is looked at later. */
function isOfAcceptedJob(error: unknown): boolean {
  const { code, errors } = error as { code?: unknown; errors?: unknown };
  return code === undefined && Array.isArray(errors);
}

async function named<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw googleFailure('BigQuery', error);
  }
}

function queryOf({ sql, parameters }: Sql) {
  const queryParameters = Object.entries(parameters).map(([name, parameter]) => ({
    name,
    ...typed(parameter),
  }));
  return { query: sql, useLegacySql: false, parameterMode: 'NAMED', queryParameters };
}

function typed({ type, value }: QueryParameter) {
  if (!Array.isArray(value)) return { parameterType: { type }, parameterValue: { value: String(value) } };
  return {
    parameterType: { type: 'ARRAY', arrayType: { type: 'STRING' } },
    parameterValue: { arrayValues: value.map((one) => ({ value: one })) },
  };
}

/** The warehouse of the function's environment. */
export function bigQueryWarehouse(): BigQueryWarehouse {
  const apiEndpoint = process.env['TIDEGATE_BIGQUERY_ENDPOINT'];
  const projectId = environment('TIDEGATE_BIGQUERY_PROJECT');
  const location = environment('TIDEGATE_BIGQUERY_LOCATION');
  const bigquery = new BigQuery({
    projectId,
    location,
    authClient: googleAuthClient(apiEndpoint),
    ...(apiEndpoint && { apiEndpoint }),
  } as ConstructorParameters<typeof BigQuery>[0]);
  return new BigQueryWarehouse(bigquery, projectId, location);
}
