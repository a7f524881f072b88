import {
  datasetPartition,
  gateKey,
  gateSchema,
  RUN_PREFIX,
  type RunRecord,
  runRecordSchema,
  type UploadStatus,
  WAITING_PREFIX,
  waitingSchema,
} from '../../tasks/core/records.ts';
import { isReserved } from '../../tasks/core/state-table/end-run.ts';
import { queryRecords, readRecord } from '../../tasks/core/state-table/read-record.ts';
import { counted } from '../../tasks/core/telling/counted.ts';
import { ArgumentFailure, commandArguments } from '../command-arguments.ts';
import { CommandFailure } from '../command-failure.ts';
import { deployedContract } from '../deployed-contract.ts';
import { deployment } from '../deployment.ts';
import { showTable } from '../show-table.ts';
import { wrapped } from '../wrapped.ts';
import type { Command } from './command.ts';

const DEFAULT_LIMIT = 20;
const MAX_WAITING = 1000;

export const runs: Command = {
  synopsis: 'DATASET [--limit N]',
  summary: 'list the newest runs of a dataset, and what waits',
  help: `Lists the newest runs (20, or N): how many uploads each took, its engine, and
its result. Below the list: why runs failed whose uploads no later run has
taken; other failed runs get one line each. The last line says which run holds
the gate of the dataset, which run is next if one is waiting for the gate (after
a redrive, for example), and how many uploads wait.`,
  async run(args) {
    const { positionals, values } = commandArguments(args, {
      needed: ['DATASET'],
      options: { limit: { type: 'string' } },
    });
    const [dataset] = positionals;
    const limit = Number(values.limit ?? DEFAULT_LIMIT);
    if (!Number.isInteger(limit) || limit < 1)
      throw new ArgumentFailure(`--limit: expected a whole number from 1, found "${values.limit}".`);
    const { table } = deployment();
    const pk = datasetPartition(dataset);
    const found = await queryRecords(table, pk, RUN_PREFIX, runRecordSchema, limit, 'descending');
    const gate = await readRecord(table, gateKey(dataset), gateSchema);
    if (!gate) {
      await deployedContract(dataset);
      throw new CommandFailure(`Dataset "${dataset}" has never received an upload.`);
    }
    const waiting = await queryRecords(table, pk, WAITING_PREFIX, waitingSchema, MAX_WAITING);
    process.stdout.write(
      showTable([
        ['RUN', 'STATUS', 'UPLOADS', 'ENGINE', 'ROWS', 'JOB'],
        ...found.map(({ value }) => rowOf(value)),
      ]),
    );
    process.stdout.write(failuresTold(found.map(({ value }) => value)));
    const { holder, reserved } = gate.value;
    const next = reserved && isReserved(gate.value, new Date()) ? `; next: ${reserved.runId}` : '';
    const more = waiting.length === MAX_WAITING ? ' or more' : '';
    process.stdout.write(`\ngate: ${holder ?? 'free'}${next}; waiting: ${waiting.length}${more}\n`);
    return 0;
  },
};

interface Outcome {
  uploads?: { uploadId: string; status: UploadStatus }[];
  rows?: { kept: number; quarantined: number } | null;
  jobSeconds?: number;
  error?: string;
  cause?: string;
}

function rowOf({ runId, status, uploads, plan, outcome }: RunRecord): string[] {
  // A run that was redriven has the outcome of before until it ends.
  const ending = status === 'RUNNING' ? null : outcome;
  const { uploads: ended = [], error = '', rows, jobSeconds }: Outcome = ending ?? {};
  return [
    runId,
    status,
    [uploads.length, ...notLoaded(ended)].join(', '),
    engineOf(plan).split(',')[0] ?? '',
    rows ? rowsTold(rows, ended) : error,
    jobSeconds ? `${Math.round(jobSeconds)} s` : '',
  ];
}

/** E.g. "8 kept, 2 quarantined"; "rejected" if no upload was loaded, since rows are then neither kept nor quarantined. */
function rowsTold(
  { kept, quarantined }: { kept: number; quarantined: number },
  ended: readonly { status: UploadStatus }[],
): string {
  const statuses = new Set(ended.map(({ status }) => status));
  if (statuses.size > 0 && !statuses.has('LOADED')) return [...statuses].join(', ').toLowerCase();
  return `${kept} kept, ${quarantined} quarantined`;
}

/** E.g. "2 rejected", "1 gone". */
function notLoaded(ended: readonly { status: UploadStatus }[]): string[] {
  const statuses = ended.map(({ status }) => status).filter((status) => status !== 'LOADED');
  return [...new Set(statuses)].map((status) => {
    const count = statuses.filter((one) => one === status).length;
    return `${count} ${status.toLowerCase()}`;
  });
}

/** Why runs failed: of those that are open in whole, then of the others who took their uploads since, a line each. */
function failuresTold(newestFirst: readonly RunRecord[]): string {
  const open: string[] = [];
  const settled: string[] = [];
  const takenBy = new Map<string, { runId: string; status: UploadStatus }>();
  for (const { runId, status, uploads, outcome } of newestFirst) {
    const { uploads: ended = [], error = '', cause = '' }: Outcome = outcome ?? {};
    const later = uploads.flatMap(({ uploadId }) => takenBy.get(uploadId) ?? []);
    if (status === 'FAILED' && later.length < uploads.length)
      open.push(
        `\n${wrapped(`${runId} is unresolved. ${cause.startsWith(error) ? cause : `${error}: ${cause}`}`)}\n`,
      );
    else if (status === 'FAILED') settled.push(`${runId} ${error}: ${sinceThen(later)}\n`);
    const took = status === 'SUCCEEDED' ? ended : uploads.map(({ uploadId }) => ({ uploadId, status }));
    for (const upload of took)
      if (!takenBy.has(upload.uploadId)) takenBy.set(upload.uploadId, { runId, status: upload.status });
  }
  return [...open, ...(settled.length > 0 ? ['\n', ...settled] : [])].join('');
}

/** E.g. "loaded later by 20261123T201500Z-1a2b3c4d", "taken later by ...: 1 rejected". */
function sinceThen(later: readonly { runId: string; status: UploadStatus }[]): string {
  const [newest = '', ...others] = [...new Set(later.map(({ runId }) => runId))].sort().reverse();
  const by = others.length > 0 ? `${newest} and ${counted(others.length, 'other')}` : newest;
  const bad = notLoaded(later);
  return bad.length > 0 ? `taken later by ${by}: ${bad.join(', ')}` : `loaded later by ${by}`;
}

/** E.g. "Glue 4 x G.1X", as PlanRun names what it chose. */
const engineOf = (plan: RunRecord['plan']): string => String(plan?.['name'] ?? plan?.['engine'] ?? '');
