import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TaskAdapter } from '../../local/states/adapters/adapter.ts';
import { type VirtualClock, virtualClock } from '../../local/states/clock/virtual-clock.ts';
import { validateDefinition } from '../../local/states/definition/validate-definition.ts';
import type { HistoryEvent } from '../../local/states/history/history-event.ts';
import { createEngine, type Engine } from '../../local/states/run/engine.ts';
import { memoryStore } from '../../local/states/store/memory-store.ts';
import { newExecution } from '../../local/states/store/new-execution.ts';
import type { ExecutionRecord } from '../../local/states/store/records.ts';
import type { Store } from '../../local/states/store/store.ts';
import type { Contract } from '../../tasks/core/contract.ts';
import prices from '../../tasks/plan-run/prices.json' with { type: 'json' };
import { engineExecutions, executionArn } from '../fakes/engine-executions.ts';
import { MemoryObjectStore } from '../fakes/memory-object-store.ts';
import { MemoryPartStore } from '../fakes/memory-part-store.ts';
import { MemoryClusters, MemoryJobRuns, MemoryNotices } from '../fakes/memory-services.ts';
import { MemoryStateTable } from '../fakes/memory-state-table.ts';
import { BUCKETS, contractOf, objectCreated } from '../fakes/samples.ts';
import { type Lake, sparkJob } from '../fakes/spark-job.ts';
import { SqlWarehouse } from '../fakes/sql-warehouse.ts';
import { type Functions, functionsOver, type Ports, type Settings } from './functions.ts';
import { emrAdapters, glueAdapter, type Job, lambdaAdapter, snsAdapter } from './services.ts';

const definition = readFileSync(join(import.meta.dirname, '../../state-machines/ingest.asl.json'), 'utf8');
const ACCOUNT = 'arn:aws:states:us-east-1:123456789012';
const MACHINE = 'ingest';
/** BigQuery's datasets. */
const TARGET = 'target';
const WAREHOUSE_JOB_SECONDS = 2;

export interface WorldOptions {
  /** Default: one dataset, `flights`. */
  contracts?: Contract[];
  /** What the tasks get instead of the ports in memory, e.g. ports that fail. */
  ports?: (own: Ports) => Ports;
  /** What the state machine gets instead of the adapters in memory. */
  adapters?: (own: TaskAdapter[]) => TaskAdapter[];
  /** What EMR and Glue run instead of the job in memory; `own` is that one. */
  job?: (own: Job) => Job;
  random?: () => number;
}

/** Faults of the engines and of SNS; set them at any time. */
interface Knobs {
  createFails?: string;
  clusterEndsUnderStep?: number;
  busy?: number;
  refuses?: boolean;
  /** Asked when a job of BigQuery's ends: what it fails with. */
  warehouseFails?: (jobId: string) => { reason: string; message: string } | null;
}

/** What is known of an execution. */
export interface Seen {
  record: ExecutionRecord;
  events: HistoryEvent[];
  /** Names of the states in the order in which they were entered. */
  states: string[];
  /** Parsed; undefined where there is none. */
  output: unknown;
}

export interface WorkflowWorld {
  clock: VirtualClock;
  engine: Engine;
  store: Store;
  objects: MemoryObjectStore;
  table: MemoryStateTable;
  clusters: MemoryClusters;
  jobRuns: MemoryJobRuns;
  notices: MemoryNotices;
  parts: MemoryPartStore;
  warehouse: SqlWarehouse;
  lake: Lake;
  knobs: Knobs;
  functions: Functions;
  /** Puts a file into the source bucket; gives the event that S3 sends of it. */
  upload(key: string, body: string): ReturnType<typeof objectCreated>;
  /** Starts an execution, and gives its ARN at once. */
  start(input: unknown, name?: string): string;
  /** Resolves when the execution runs no more. */
  finished(arn: string): Promise<Seen>;
  /** Starts an execution and waits for its end. */
  run(input: unknown, name?: string): Promise<Seen>;
  /** Redrives an execution and waits for its end. */
  redrive(arn: string): Promise<Seen>;
  /** Aborts an execution. */
  abort(arn: string): void;
  /** Hands the event of an execution's end to CleanUp, as the rule on its status does. */
  tellStatus(arn: string): Promise<unknown>;
  /** Sweeps, as the schedule does. */
  sweep(): Promise<unknown>;
  /** Resolves when no execution runs, those that others started included. */
  settled(): Promise<void>;
  /** The rows of a dataset's table in BigQuery. */
  rowsOf(table: string): Record<string, unknown>[];
  /** The runs that its ledger knows. */
  runsOf(table: string): string[];
  see(arn: string): Seen;
  executionArns(): string[];
}

/** The real state machine, interpreter and task code over services in memory, under a virtual clock. */
export function workflowWorld(options: WorldOptions = {}): WorkflowWorld {
  const contracts = options.contracts ?? [contractOf()];
  const clock = virtualClock();
  const store = memoryStore();
  const objects = new MemoryObjectStore();
  const table = new MemoryStateTable();
  const clusters = new MemoryClusters();
  const jobRuns = new MemoryJobRuns();
  const notices = new MemoryNotices();
  const parts = new MemoryPartStore();
  const lake: Lake = new Map();
  const knobs: Knobs = {};
  const passes = (seconds: number) =>
    clock.sleepUntil(clock.now() + seconds * 1000, new AbortController().signal);
  const warehouse = new SqlWarehouse({
    now: () => clock.now(),
    content: (uri) => parts.content(uri),
    work: (_, does) => void passes(WAREHOUSE_JOB_SECONDS).then(does),
    failing: (jobId) => knobs.warehouseFails?.(jobId) ?? null,
  });
  for (const contract of contracts) {
    objects.put(
      BUCKETS.artifactsBucket,
      `datasets/${contract.dataset}/contract.json`,
      JSON.stringify(contract),
    );
  }

  const own: Ports = {
    objects,
    table,
    executions: engineExecutions({
      store,
      stateMachineArn: settings.stateMachineArn,
      flush: () => engine.flush(),
      start(name, input) {
        if (!store.execution(executionArn(settings.stateMachineArn, name))) start(input, name);
      },
    }),
    clusters,
    jobRuns,
    notices,
    parts,
    warehouse,
    backOff: async () => {},
    clock: { now: () => new Date(clock.now()) },
    pause: passes,
  };
  const functions = functionsOver(options.ports?.(own) ?? own, settings);
  const ownJob: Job = (args) => sparkJob(args, { objects, lake, now: () => new Date(clock.now()) });
  const job = options.job?.(ownJob) ?? ownJob;
  const ownAdapters = [
    lambdaAdapter(functions),
    ...emrAdapters(clusters, job, knobs),
    glueAdapter(jobRuns, job, knobs),
    snsAdapter(notices, knobs),
  ];
  const adapters = options.adapters?.(ownAdapters) ?? ownAdapters;
  const filled = definition.replace(/\$\{(\w+)\}/g, (_, name: string) => name);
  const problems = validateDefinition(filled, adapters);
  if (problems.length > 0) throw new Error(`the workflow is refused: ${JSON.stringify(problems)}`);

  let drawn = 0;
  const engine = createEngine({
    clock,
    store,
    adapters,
    region: 'us-east-1',
    random: options.random ?? (() => (++drawn % 10) / 10),
    uuid: () => `00000000-0000-4000-8000-${String(++drawn).padStart(12, '0')}`,
  });

  let unnamed = 0;
  function start(input: unknown, name = `e${++unnamed}`): string {
    const arn = executionArn(settings.stateMachineArn, name);
    engine.start(
      newExecution({
        arn,
        name,
        stateMachineArn: settings.stateMachineArn,
        stateMachineName: MACHINE,
        definition: filled,
        definedMs: clock.now(),
        roleArn: 'arn:aws:iam::123456789012:role/ingest',
        input: JSON.stringify(input),
        startMs: clock.now(),
        sequence: store.lastSequence() + 1,
      }),
    );
    return arn;
  }

  function recordOf(arn: string): ExecutionRecord {
    engine.flush();
    const record = store.execution(arn);
    if (!record) throw new Error(`no execution ${arn}`);
    return record;
  }

  function see(arn: string): Seen {
    const record = recordOf(arn);
    const events = store.events(arn, 1, 25_000);
    return {
      record,
      events,
      states: events
        .filter(({ type }) => type.endsWith('StateEntered'))
        .map(({ details }) => String(details?.['name'])),
      output: record.output === undefined ? undefined : JSON.parse(record.output),
    };
  }

  async function finished(arn: string): Promise<Seen> {
    await engine.finished(arn);
    return see(arn);
  }

  return {
    clock,
    engine,
    store,
    objects,
    table,
    clusters,
    jobRuns,
    notices,
    parts,
    warehouse,
    lake,
    knobs,
    functions,
    upload(key, body) {
      const versionId = objects.put(BUCKETS.sourceBucket, key, body);
      const event = objectCreated(key, versionId, Buffer.byteLength(body));
      return { ...event, time: new Date(clock.now()).toISOString() };
    },
    start,
    finished,
    run: (input, name) => finished(start(input, name)),
    redrive(arn) {
      engine.redrive(recordOf(arn));
      return finished(arn);
    },
    abort(arn) {
      engine.stop(arn, {});
    },
    tellStatus: (arn) => functions.CleanUp({ source: 'aws.states', detail: { executionArn: arn } }),
    sweep: () => functions.CleanUp({ sweep: true }),
    async settled() {
      for (;;) {
        engine.flush();
        const [running] = store.runningExecutions();
        if (!running) return;
        await engine.finished(running.arn);
      }
    },
    rowsOf: (table) => warehouse.content({ dataset: TARGET, table }),
    runsOf: (table) =>
      warehouse
        .content({ dataset: TARGET, table: `${table}__ledger` })
        .filter(({ kind }) => kind === 'run')
        .map((row) => String(row['run_id'])),
    see,
    executionArns: () =>
      store.executions({ stateMachineArn: settings.stateMachineArn, limit: 1_000_000 }).map(({ arn }) => arn),
  };
}

const settings: Settings = {
  ...BUCKETS,
  lakeBucket: 'lake',
  stateMachineArn: `${ACCOUNT}:stateMachine:${MACHINE}`,
  glueJob: 'tidegate',
  datasetName: TARGET,
  stagingDatasetName: 'staging',
  emrRelease: 'emr-spark-8.1.0',
  leastJobSeconds: 0,
  prices,
};
