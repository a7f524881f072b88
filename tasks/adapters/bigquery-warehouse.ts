import { BigQuery } from '@google-cloud/bigquery';
import { TidegateError } from '../core/errors.ts';
import type {
  JobStatus,
  QueryParameter,
  TableDefinition,
  TableField,
  TableRef,
  Warehouse,
} from '../core/google-ports.ts';
import { environment } from './environment.ts';
import { googleAuthClient } from './google-client.ts';

const CALL_TIMEOUT_MS = 20_000;

export class BigQueryWarehouse implements Warehouse {
  readonly #bigquery: BigQuery;
  readonly #project: string;
  readonly #location: string;

  constructor(bigquery: BigQuery, project: string, location: string) {
    this.#bigquery = bigquery;
    this.#project = project;
    this.#location = location;
  }

  async tableFields(ref: TableRef): Promise<TableField[] | null> {
    const metadata = await this.#absentAsNull(() => this.#table(ref).getMetadata());
    if (!metadata) return null;
    const [{ schema }] = metadata;
    return schema?.fields ?? [];
  }

  async createTable({ dataset, table }: TableRef, definition: TableDefinition): Promise<void> {
    const { fields, partitionField, clusterFields, primaryKey, expirationTime, ...rest } = definition;
    const body = {
      ...rest,
      schema: { fields },
      ...(partitionField && { timePartitioning: { type: 'DAY', field: partitionField } }),
      ...(clusterFields?.length && { clustering: { fields: clusterFields } }),
      ...(primaryKey?.length && { tableConstraints: { primaryKey: { columns: primaryKey } } }),
      ...(expirationTime && { expirationTime: String(expirationTime) }),
    };
    await existingAsDone(() => this.#bigquery.dataset(dataset).createTable(table, body));
  }

  async setFields(ref: TableRef, fields: TableField[]): Promise<void> {
    await this.#table(ref)
      .setMetadata({ schema: { fields } })
      .catch((error) => Promise.reject(mapped(error)));
  }

  async job(jobId: string): Promise<JobStatus | null> {
    const found = await this.#absentAsNull(() =>
      this.#bigquery.job(jobId, { location: this.#location }).getMetadata(),
    );
    if (!found) return null;
    const [{ status, statistics }] = found;
    if (status?.state !== 'DONE') return { state: 'RUNNING' };
    // Only errorResult says that the job failed; `errors` may hold what did not matter.
    const failed = status.errorResult;
    if (!failed) {
      const rows = statistics?.load?.outputRows;
      return { state: 'DONE', outputRows: rows === undefined ? null : Number(rows) };
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
        destinationTable: { projectId: this.#project, datasetId: into.dataset, tableId: into.table },
        createDisposition: 'CREATE_NEVER',
        writeDisposition: 'WRITE_TRUNCATE',
      },
    });
  }

  async startScript(jobId: string, sql: string, parameters: Record<string, QueryParameter>): Promise<void> {
    await this.#start(jobId, {
      query: { query: sql, useLegacySql: false, parameterMode: 'NAMED', queryParameters: named(parameters) },
    });
  }

  async rows(sql: string, parameters: Record<string, QueryParameter>): Promise<Record<string, unknown>[]> {
    const params = Object.fromEntries(Object.entries(parameters).map(([name, { value }]) => [name, value]));
    const types = Object.fromEntries(Object.entries(parameters).map(([name, { type }]) => [name, type]));
    const [rows] = await this.#bigquery
      .query({ query: sql, params, types, location: this.#location })
      .catch((error) => Promise.reject(mapped(error)));
    return rows;
  }

  sqlName({ dataset, table }: TableRef): string {
    return `\`${this.#project}.${dataset}.${table}\``;
  }

  #table({ dataset, table }: TableRef) {
    return this.#bigquery.dataset(dataset).table(table);
  }

  async #start(jobId: string, configuration: object): Promise<void> {
    // The client ignores a jobReference: id and location go at the top.
    const job = { jobId, location: this.#location, configuration };
    await existingAsDone(() => this.#bigquery.createJob(job));
  }

  async #absentAsNull<T>(call: () => Promise<T>): Promise<T | null> {
    try {
      return await call();
    } catch (error) {
      if (codeOf(error) === 404) return null;
      throw mapped(error);
    }
  }
}

/** What is there already was made by an earlier call whose answer was lost. */
async function existingAsDone(call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (codeOf(error) === 409 || isOfAcceptedJob(error)) return;
    throw mapped(error);
  }
}

/** createJob also throws the errors of a job that was accepted, without any code: its status is looked at later. */
function isOfAcceptedJob(error: unknown): boolean {
  const { code, errors } = error as { code?: unknown; errors?: unknown };
  return code === undefined && Array.isArray(errors);
}

const PASSING = new Set([
  'backendError',
  'internalError',
  'jobBackendError',
  'jobInternalError',
  'rateLimitExceeded',
  'quotaExceeded',
]);

/** An error of a call under one of our names: whether waiting helps is told by its reason and status. */
function mapped(error: unknown): unknown {
  const { errors, message, code } = error as {
    errors?: { reason?: string }[];
    message: string;
    code?: unknown;
  };
  const status = codeOf(error);
  // Without a status there was no answer: a connection that broke, or took too long.
  if (status === undefined)
    return new TidegateError('ServiceUnavailable', `BigQuery: ${code} ${message}`, { cause: error });
  const reason = errors?.[0]?.reason ?? String(status);
  const name = status >= 500 || PASSING.has(reason) ? 'ServiceUnavailable' : 'LoadFailed';
  return new TidegateError(name, `BigQuery answered ${status} ${reason}: ${message}`, { cause: error });
}

function codeOf(error: unknown): number | undefined {
  const code = Number((error as { code?: unknown } | null)?.code);
  return Number.isInteger(code) ? code : undefined;
}

function named(parameters: Record<string, QueryParameter>) {
  return Object.entries(parameters).map(([name, { type, value }]) => ({
    name,
    parameterType: { type },
    parameterValue: { value: String(value) },
  }));
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
    timeout: CALL_TIMEOUT_MS,
    ...(apiEndpoint && { apiEndpoint }),
  } as ConstructorParameters<typeof BigQuery>[0]);
  return new BigQueryWarehouse(bigquery, projectId, location);
}
