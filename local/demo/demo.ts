import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { Contract } from '../../tasks/core/contract.ts';
import { refOf } from '../../tasks/core/folders/ref-of.ts';
import type { Manifest } from '../../tasks/core/manifest.ts';
import { down } from '../stack/down.ts';
import { arns, names } from '../stack/names.ts';
import { places, ROOT } from '../stack/places.ts';
import { endpointOf } from '../stack/stack.ts';
import { runningServers, up } from '../stack/up.ts';
import { DeployedContracts } from './deployed-contracts.ts';
import { executionOf, type FollowedExecution, followExecution } from './follow-execution.ts';
import { type Ask, asker } from './query.ts';
import { balanceOf, manifestOf } from './results.ts';
import { count, cut, seconds, table, WIDTH } from './table.ts';

/** `make demo`: uploads all the way on this machine, and what became of their rows. */
const SUMMARY = join(ROOT, 'out', 'demo', 'summary.json');
const TABLE = `\`${names.bigQueryProject}.${names.bigQueryDataset}.flights\``;
const FLIGHTS: Chapter[] = [
  {
    dataset: 'flights',
    file: 'flights-2013-01a.csv',
    title: 'The first half of January 2013, as it stood on the evening of the 15th',
    engine: 'auto',
  },
  {
    dataset: 'flights',
    file: 'flights-2013-q1.csv',
    title: 'The rest of the quarter, with late arrivals, repeated rows and broken ones',
    // A file must be far bigger than this before EMR is the cheaper one.
    engine: 'emr',
  },
];
const WEATHER: Chapter = {
  dataset: 'weather',
  file: 'weather-2013-01.csv',
  title: 'Meanwhile, the weather of January in metric units: CSV to CSV, no warehouse',
  engine: 'glue',
};

const SHOWN_LINES = 4;
const SPARK = new Set(['RunGlueJob', 'CreateCluster', 'RunSparkStep']);
const DELIVERY = new Set(['CopyParts', 'Deliver', 'WaitDelivery']);

interface Chapter {
  dataset: string;
  file: string;
  title: string;
  engine: Contract['engine'];
}

interface Uploaded extends Chapter {
  contract: Contract & { own: Contract['engine'] };
  key: string;
  bytes: number;
  arn: string;
}

interface Told {
  dataset: string;
  file: string;
  execution: FollowedExecution;
  engine: string;
  runId: string;
  manifest: Manifest;
  balance: { text: string; holds: boolean }[];
}

const wasUp = runningServers().every(({ pid }) => pid !== null);
const began = performance.now();
let stopping = false;
let contracts: DeployedContracts | null = null;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    stopping = true;
    console.log('\nStopping what was started ...');
    void end().finally(() => process.exit(130));
  });

try {
  const holds = await demo();
  if (!holds) process.exitCode = 1;
} catch (error) {
  // Servers that are being stopped no longer answer.
  if (!stopping) console.error(`\n${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  await end();
}

/** A stack that somebody had started before goes on, with its contracts as they were. */
async function end(): Promise<void> {
  if (wasUp) await contracts?.putBack();
  else await down();
}

async function demo(): Promise<boolean> {
  heading('Starting S3, Step Functions, Lambda, EMR, Glue, BigQuery, Cloud Storage ...');
  const stack = await up();
  const startMs = performance.now() - began;
  for (const { name, pid } of runningServers())
    console.log(`  ${name.padEnd(9)} ${endpointOf(stack, name)}  pid ${pid}`);
  console.log(`  ready after ${seconds(startMs)}`);

  const ask = asker(endpointOf(stack, 'bigquery'), names.bigQueryProject, names.bigQueryLocation);
  const told: Told[] = [];
  const s3 = new S3Client({ forcePathStyle: true });
  const sfn = new SFNClient({});
  contracts = new DeployedContracts(s3, places.contracts);
  // Datasets do not wait for each other: the weather goes its way beside the flights.
  const weather = upload(s3, sfn, contracts, WEATHER);
  weather.catch(() => undefined);
  for (const chapter of FLIGHTS) {
    heading(chapter.title);
    told.push(await tell(s3, sfn, ask, await upload(s3, sfn, contracts, chapter)));
  }
  heading(WEATHER.title);
  told.push(await tell(s3, sfn, ask, await weather));

  const rows = await showRows(ask, told);
  const balanced = told.every(({ balance }) => balance.every(({ holds }) => holds));
  const tookMs = performance.now() - began;
  showTimes(startMs, told, tookMs);
  writeSummary(startMs, tookMs, told, rows, balanced);
  console.log(
    `\n${balanced ? 'Every row is accounted for.' : 'THE BALANCE DOES NOT HOLD.'} ${relative(ROOT, SUMMARY)}`,
  );
  return balanced;
}

/** Uploads the file, which starts its execution. */
async function upload(
  s3: S3Client,
  sfn: SFNClient,
  contracts: DeployedContracts,
  chapter: Chapter,
): Promise<Uploaded> {
  const body = readFileSync(join(places.samples, chapter.dataset, chapter.file));
  const key = `${chapter.dataset}/${chapter.file}`;
  const contract = await contracts.deploy(chapter.dataset, chapter.engine);
  const { VersionId = '' } = await s3.send(
    new PutObjectCommand({ Bucket: names.sourceBucket, Key: key, Body: body }),
  );
  const arn = await executionOf(sfn, arns.stateMachine, { key, versionId: VersionId });
  return { ...chapter, contract, key, bytes: body.length, arn };
}

/** Shows the execution as it passes its states, and what came of it. */
async function tell(s3: S3Client, sfn: SFNClient, ask: Ask, uploaded: Uploaded): Promise<Told> {
  const { dataset, file, contract, key, bytes, arn } = uploaded;
  if (contract.engine !== contract.own)
    console.log(`  The contract is deployed again, with engine: ${contract.engine}.`);
  console.log(`  ${(bytes / 1e6).toFixed(1)} MB to s3://${names.sourceBucket}/${key}\n`);
  const execution = await followExecution(sfn, arn, process.stdout);
  console.log(`\n  ${execution.status} after ${seconds(execution.tookMs)}`);
  if (execution.status !== 'SUCCEEDED')
    throw new Error(
      `${execution.error ?? 'No error was named'}: ${execution.cause ?? ''}\nLogs: ${places.logs}`,
    );

  const { runId } = outputOf(execution, 'AdmitUpload');
  const { engine } = outputOf(execution, 'PlanRun');
  const manifest = await manifestOf(s3, names.destinationBucket, dataset, String(runId));
  const delivered = contract.deliver === 'bigquery' ? await rowsOfRun(ask, String(runId)) : null;
  const balance = balanceOf(manifest, delivered);
  showReasons(manifest);
  await showExports(s3, manifest);
  for (const { text, holds } of balance) console.log(`  ${holds ? '✓' : '✗'} ${text}`);
  return { dataset, file, execution, engine: String(engine), runId: String(runId), manifest, balance };
}

async function showExports(s3: S3Client, { exports }: Manifest): Promise<void> {
  const [first] = exports?.parts ?? [];
  if (!first) return;
  const file = first.path.replace(/^.*\/exports\//, '.../exports/');
  console.log(`\n${cut(`  ${count(first.rows)} rows in ${file}`, WIDTH)}\n`);
  const { bucket, key } = refOf(first.path);
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  const lines = ((await Body?.transformToString()) ?? '').split('\n').slice(0, SHOWN_LINES);
  console.log(`${lines.map((line) => cut(`    ${line}`, WIDTH)).join('\n')}\n`);
}

function outputOf(execution: FollowedExecution, state: string): Record<string, unknown> {
  const output = execution.visits.findLast(({ name }) => name === state)?.output;
  if (!output) throw new Error(`The execution ${execution.arn} did not pass ${state}.`);
  return JSON.parse(output) as Record<string, unknown>;
}

async function rowsOfRun(ask: Ask, runId: string): Promise<number> {
  const [row] = await ask(`select cast(count(*) as string) as n from ${TABLE} where _run_id = @runId`, {
    runId,
  });
  return Number(row?.['n'] ?? 0);
}

function showReasons(manifest: Manifest): void {
  const reasons = manifest.uploads.flatMap((upload) => upload.reasons);
  if (reasons.length === 0) return;
  console.log('\n  Quarantined, with the reasons:\n');
  const rows = reasons.map(({ rule, column, count: times, example }) => [
    count(times),
    column ?? '',
    rule,
    example.row === null ? '' : String(example.row),
    cut(example.value ?? '', 24),
  ]);
  console.log(`${table(['rows', 'column', 'rule', 'e.g. row', 'value'], rows)}\n`);
}

async function showRows(ask: Ask, told: Told[]): Promise<{ rows: number; byRun: Record<string, number> }> {
  heading('What is in BigQuery now');
  const byRun = await ask(
    `select _run_id as run, cast(count(*) as string) as n, cast(min(date(year, month, day)) as string) as first_day,
       cast(max(date(year, month, day)) as string) as last_day
     from ${TABLE} group by _run_id order by _run_id`,
  );
  const fileOf = (runId: string | null): string => told.find((run) => run.runId === runId)?.file ?? '';
  console.log(
    table(
      ['rows', 'from', 'to', 'run', 'file'],
      byRun.map(({ run, n, first_day: from, last_day: to }) => [
        count(Number(n)),
        from ?? '',
        to?.slice('2013-'.length) ?? '',
        run ?? '',
        fileOf(run ?? null),
      ]),
    ),
  );
  const landed = await ask(
    `select carrier, cast(flight as string) as flight, origin, dest, cast(dep_delay as string) as dep_delay,
       cast(arr_delay as string) as arr_delay, cast(_row as string) as row_number
     from ${TABLE} where year = 2013 and month = 1 and day = 15 and _run_id = @runId
     order by dep_delay desc, carrier, flight limit 5`,
    { runId: told.findLast(({ dataset }) => dataset === 'flights')?.runId ?? '' },
  );
  console.log('\n  Late flights of January 15: in the air in the first file, landed in the next\n');
  const header = ['carrier', 'flight', 'from', 'to', 'departed late', 'arrived late', 'row of the file'];
  console.log(
    table(
      header,
      landed.map((row) =>
        ['carrier', 'flight', 'origin', 'dest', 'dep_delay', 'arr_delay', 'row_number'].map(
          (name) => row[name] ?? '',
        ),
      ),
    ),
  );
  const counts = Object.fromEntries(byRun.map(({ run, n }) => [run ?? '', Number(n)]));
  return { rows: Object.values(counts).reduce((sum, n) => sum + n, 0), byRun: counts };
}

function showTimes(startMs: number, told: Told[], tookMs: number): void {
  heading('Where the time went');
  const rows = told.map(({ file, engine, execution }) => {
    const spent = (states: ReadonlySet<string>): number =>
      execution.visits
        .filter(({ name, depth }) => depth === 0 && states.has(name))
        .reduce((sum, visit) => sum + visit.tookMs, 0);
    const [spark, delivery] = [spent(SPARK), spent(DELIVERY)];
    const rest = execution.tookMs - spark - delivery;
    return [file, engine, seconds(spark), seconds(delivery), seconds(rest), seconds(execution.tookMs)];
  });
  console.log(table(['file', 'engine', 'Spark', 'delivery', 'the rest', 'in all'], rows));
  console.log(`\n  start ${seconds(startMs)}, everything ${seconds(tookMs)}`);
}

function writeSummary(
  startMs: number,
  tookMs: number,
  told: Told[],
  bigQuery: { rows: number; byRun: Record<string, number> },
  balanced: boolean,
): void {
  const inSeconds = (milliseconds: number): number => Math.round(milliseconds) / 1000;
  const summary = {
    balanced,
    startSeconds: inSeconds(startMs),
    seconds: inSeconds(tookMs),
    runs: told.map(({ dataset, file, engine, runId, execution, manifest, balance }) => ({
      dataset,
      file,
      engine,
      runId,
      executionArn: execution.arn,
      status: execution.status,
      seconds: inSeconds(execution.tookMs),
      states: execution.visits.map(({ name, depth, enteredMs, tookMs: took }) => ({
        name,
        depth,
        enteredSeconds: inSeconds(enteredMs),
        seconds: inSeconds(took),
      })),
      rows: manifest.rows,
      reasons: manifest.uploads.flatMap((upload) => upload.reasons),
      balance,
    })),
    bigQuery,
  };
  mkdirSync(join(SUMMARY, '..'), { recursive: true });
  writeFileSync(SUMMARY, `${JSON.stringify(summary, null, 2)}\n`);
}

function heading(text: string): void {
  console.log(`\n${text}\n${'═'.repeat(text.length)}`);
}
