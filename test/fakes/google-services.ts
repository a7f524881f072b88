import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { BigQuery } from '@google-cloud/bigquery';
import { IdempotencyStrategy, Storage } from '@google-cloud/storage';
import { PassThroughClient } from 'google-auth-library';

const ROOT = path.join(import.meta.dirname, '../..');
const PYTHON = path.join(ROOT, '.venv/bin/python');

export const PROJECT = 'tidegate-local';
export const LOCATION = 'US';

/** A fault of `local/bigquery/faults.py` or `local/gcs/faults.py`. */
export interface Fault {
  match: string;
  kind: string;
  times?: number;
  reason?: string;
  ms?: number;
  bytes?: number;
}

export interface GoogleServices {
  bigQueryEndpoint: string;
  gcsEndpoint: string;
  bigquery: BigQuery;
  storage: Storage;
  /** Replaces the faults of BigQuery; without any, there are none. */
  bigQueryFaults(...faults: Fault[]): Promise<void>;
  /** How many calls and statements of BigQuery were held until now. */
  bigQueryHeld(): Promise<number>;
  gcsFaults(...faults: Fault[]): Promise<void>;
  /** Kills the BigQuery service where it stands and starts it again over the same files. */
  restartBigQuery(): Promise<void>;
  stop(): Promise<void>;
}

/** The stand-ins of BigQuery and Cloud Storage in processes of their own, and Google's clients for them. */
export async function startGoogleServices(): Promise<GoogleServices> {
  const data = mkdtempSync(path.join(tmpdir(), 'tidegate-google-'));
  const gcs = await startServer('local/gcs/server.py', '--root', path.join(data, 'gcs'));
  const bigQueryArguments = [
    'local/bigquery/server.py',
    '--data-dir',
    path.join(data, 'bigquery'),
    '--gcs-root',
    path.join(data, 'gcs'),
    '--step-ms',
    '1',
  ] as const;
  let bq = await startServer(...bigQueryArguments);
  const port = new URL(bq.endpoint).port;
  const shared = { projectId: PROJECT, authClient: new PassThroughClient() };
  return {
    bigQueryEndpoint: bq.endpoint,
    gcsEndpoint: gcs.endpoint,
    bigquery: new BigQuery({ ...shared, location: LOCATION, apiEndpoint: bq.endpoint } as never),
    storage: new Storage({
      ...shared,
      apiEndpoint: gcs.endpoint,
      retryOptions: { idempotencyStrategy: IdempotencyStrategy.RetryAlways },
    } as never),
    bigQueryFaults: (...faults) => post(`${bq.endpoint}/__faults`, faults),
    async bigQueryHeld() {
      const calls = (await (await fetch(`${bq.endpoint}/__calls`)).json()) as Record<string, number>;
      return calls['held'] ?? 0;
    },
    gcsFaults: (...faults) => post(`${gcs.endpoint}/__faults`, faults),
    async restartBigQuery() {
      await bq.stop('SIGKILL');
      bq = await startServer(...bigQueryArguments, '--port', port);
    },
    async stop() {
      await Promise.all([bq.stop(), gcs.stop()]);
      rmSync(data, { recursive: true, force: true });
    },
  };
}

async function post(url: string, body: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`POST ${url}: ${answer.status} ${await answer.text()}`);
}

async function startServer(script: string, ...options: string[]) {
  const server = spawn(PYTHON, [path.join(ROOT, script), ...options], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => server.once('close', () => resolve()));
  let complaints = '';
  server.stderr.on('data', (chunk) => {
    complaints = `${complaints}${chunk}`.slice(-4000);
  });
  const endpoint = await new Promise<string>((resolve, reject) => {
    server.stdout.on('data', (chunk) => {
      const [, url] = /listening (\S+)/.exec(String(chunk)) ?? [];
      if (url) resolve(url);
    });
    server.once('close', (code) => reject(new Error(`${script} ended with ${code}: ${complaints}`)));
  });
  return {
    endpoint,
    async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
      server.kill(signal);
      await ended;
    },
  };
}
