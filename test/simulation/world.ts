import { AsyncLocalStorage } from 'node:async_hooks';
import { TaskFailure } from '../../local/states/adapters/adapter.ts';
import { type VirtualClock, virtualClock } from '../../local/states/clock/virtual-clock.ts';
import type { Json } from '../../local/states/json.ts';
import { memoryStore } from '../../local/states/store/memory-store.ts';
import type { ExecutionChange, ExecutionRecord } from '../../local/states/store/records.ts';
import type { Store } from '../../local/states/store/store.ts';
import { TidegateError } from '../../tasks/core/errors.ts';
import type { Executions, Notices } from '../../tasks/core/ports.ts';
import { type FunctionName, functionTable } from '../../tasks/functions.ts';
import { engineExecutions } from '../fakes/engine-executions.ts';
import { lambdaContext } from '../fakes/lambda-context.ts';
import { type MemoryCluster, MemoryEmr } from '../fakes/memory-emr.ts';
import { MemoryGlue } from '../fakes/memory-glue.ts';
import { MemoryObjectStore } from '../fakes/memory-object-store.ts';
import { MemoryPartStore } from '../fakes/memory-part-store.ts';
import { MemoryStateTable } from '../fakes/memory-state-table.ts';
import { type Lake, type SparkStage, sparkJob } from '../fakes/spark-job.ts';
import { SqlWarehouse } from '../fakes/sql-warehouse.ts';
import type { Surroundings } from '../fakes/surroundings.ts';
import { chanceOf } from './chance.ts';
import { rowUnder } from './contract-versions.ts';
import { STATE_MACHINE_ARN } from './environment.ts';
import type { CallFailure, Fault, History, Service, Visit } from './history.ts';

export type PortName =
  | 'objects'
  | 'table'
  | 'clusters'
  | 'jobRuns'
  | 'executions'
  | 'notices'
  | 'warehouse'
  | 'parts';

export type Handler = (event: Json, context: ReturnType<typeof lambdaContext>) => Promise<unknown>;

export interface Notice {
  subject: string;
  message: string;
  atMs: number;
  /** The state machine's own alert, or a task's notice. */
  from: 'workflow' | 'task';
  /** Accepted, and its sender never heard of it. */
  answerLost: boolean;
}

/** One invocation of a task. */
interface Invocation {
  task: FunctionName;
  visit: number;
  calls: number;
  dead: boolean;
  die(failure: TaskFailure): void;
}

/** The Monday that every history begins on. */
const START_MS = Date.UTC(2026, 10, 23, 6);
/** A third of the calls take time, so that what runs at once comes in any order. */
const SLOW_SHARE = 0.3;
const SLOWEST_CALL_SECONDS = 0.4;
/** Until an invocation of a function begins. */
const START_SECONDS: [number, number] = [0.01, 0.2];
const never = (): Promise<never> => new Promise(() => {});

/**
 * The world of one history: every service in memory, in one virtual time, with one chance. Nothing in it takes real
 * time or a thread, so the same history comes to the same end every time.
 */
export class World implements Surroundings {
  readonly clock: VirtualClock;
  readonly store: Store;
  /** Called each time that an execution ends. */
  onEnd: (record: ExecutionRecord) => void = () => {};
  readonly random: () => number;
  readonly objects = new MemoryObjectStore(() => new Date(this.now()));
  readonly table = new MemoryStateTable();
  readonly parts = new MemoryPartStore();
  readonly lake: Lake = new Map();
  readonly clusters: MemoryEmr;
  readonly jobRuns: MemoryGlue;
  readonly warehouse: SqlWarehouse;
  readonly published: Notice[] = [];
  /** Starts an execution; one of that name already started is left as it is. */
  readonly execute: (name: string, input: unknown) => void;
  /** Faults that have struck. */
  readonly struck = new Set<Fault>();
  /** How many calls an invocation of each task made, at most. */
  readonly calls = new Map<FunctionName, number>();
  /** Where each Spark job that runs now writes. */
  readonly runningJobs = new Map<string, string>();
  /** Called when a Spark job begins. */
  onJob: (output: string) => void = () => {};
  /** An execution has ended badly: what went wrong each time until then, goes well from now on. */
  endedBadly = false;
  /** What happened, for people, if it is kept. */
  readonly log: string[] = [];
  readonly #keepsLog: boolean;
  readonly #faults: readonly Fault[];
  readonly #handlers: Readonly<Record<string, Handler>>;
  readonly #invocations = new AsyncLocalStorage<Invocation>();
  readonly #visits = new Map<string, number>();
  readonly #over = new AbortController();
  #jobs = 0;
  #warehouseJobs = 0;

  constructor(
    { chance, faults }: Pick<History, 'chance' | 'faults'>,
    handlers: Readonly<Record<string, Handler>>,
    execute: (name: string, input: unknown) => void,
    flush: () => void,
    keepsLog = false,
  ) {
    // Held work may sleep too: nothing here takes real time.
    this.clock = { ...virtualClock(START_MS), hold: (work) => work() };
    this.random = chanceOf(chance);
    this.#faults = faults;
    this.#handlers = handlers;
    this.execute = execute;
    this.#keepsLog = keepsLog;
    this.store = watched(memoryStore(), (record) => this.onEnd(record));
    this.executions = engineExecutions({
      store: this.store,
      stateMachineArn: STATE_MACHINE_ARN,
      flush,
      start: execute,
    });
    const runJob = (jobId: string, args: readonly string[], killed: AbortSignal) =>
      this.#runJob(jobId, args, killed);
    this.clusters = new MemoryEmr(this, runJob);
    this.jobRuns = new MemoryGlue(this, runJob);
    const corruption = faults.find(({ kind }) => kind === 'corruption');
    if (corruption) this.parts.corrupts = () => this.#strike((fault) => fault === corruption) !== undefined;
    this.warehouse = new SqlWarehouse({
      now: () => this.now(),
      content: (uri) => this.parts.content(uri),
      work: (_, does) => this.after(this.between(1, 40), does),
      failing: () => {
        const nth = this.#warehouseJobs++;
        const fault = this.#strike((each) => each.kind === 'warehouse' && each.nth === nth);
        if (fault?.kind !== 'warehouse') return null;
        return { reason: fault.reason, message: `made to fail: ${fault.reason}` };
      },
    });
  }

  readonly executions: Executions;

  readonly notices: Notices = {
    publish: async (subject, message) => {
      this.publish(subject, message, 'task');
    },
  };

  now(): number {
    return this.clock.now();
  }

  between(lowest: number, highest: number): number {
    return lowest + this.random() * (highest - lowest);
  }

  sleep(seconds: number): Promise<void> {
    return this.clock.sleepUntil(this.now() + seconds * 1000, this.#over.signal);
  }

  after(seconds: number, does: () => void, signal: AbortSignal = this.#over.signal): void {
    this.clock.sleepUntil(this.now() + seconds * 1000, signal).then(does, () => {});
  }

  note(text: () => string): void {
    if (this.#keepsLog)
      this.log.push(`${((this.now() - START_MS) / 1000).toFixed(1).padStart(9)} s  ${text()}`);
  }

  publish(subject: string, message: string, from: Notice['from']): Notice {
    const notice = { subject, message, atMs: this.now(), from, answerLost: false };
    this.published.push(notice);
    this.note(() => `told: ${subject}`);
    return notice;
  }

  /** Nothing happens any more. */
  end(): void {
    this.#over.abort();
    this.warehouse.close();
  }

  /** The method of a port, for calls that nothing befalls. */
  method(port: PortName, method: string): (...args: unknown[]) => unknown {
    const target = this[port] as unknown as Record<string, (...args: unknown[]) => unknown>;
    const found = target[method];
    if (!found) throw new Error(`the ${port} in memory have no method ${method}`);
    return found.bind(target);
  }

  /** A call that a task makes: slow now and then, and struck by the fault that is meant for it. */
  async call(port: PortName, method: string, args: unknown[]): Promise<unknown> {
    const invocation = this.#invocations.getStore();
    const fault = invocation && this.#faultOfCall(invocation);
    await this.#latency();
    if (invocation?.dead) return never();
    const name = `${port}.${method}`;
    if (fault?.when === 'before') return this.#befall(fault.what, port, name, invocation);
    const result = await this.method(port, method)(...args);
    if (fault && port === 'notices') Object.assign(this.published.at(-1) ?? {}, { answerLost: true });
    if (fault) return this.#befall(fault.what, port, name, invocation);
    if (this.random() < SLOW_SHARE / 2) await this.#latency();
    return invocation?.dead ? never() : result;
  }

  /** Runs a task as Lambda does. @throws TaskFailure as Step Functions names it. */
  async invoke(task: FunctionName, payload: Json): Promise<Json> {
    const visit = this.#visit(task);
    const fault = this.#strike(
      (each) => each.kind === 'invoke' && each.task === task && this.#isVisit(each.visit, visit),
    );
    const failure =
      fault?.kind === 'invoke'
        ? new TaskFailure(fault.error, `made to fail (${fault.when} its effect)`)
        : null;
    if (failure && fault?.kind === 'invoke' && fault.when === 'before') throw failure;
    const answer = this.#run(task, visit, payload);
    if (!failure) return answer;
    answer.catch(() => {});
    await this.sleep(this.between(0, 5));
    throw failure;
  }

  /** Runs a function on a schedule; gives whether a fault struck it. A failure is for the next time to mend. */
  async scheduled(task: FunctionName, payload: Json): Promise<boolean> {
    const before = this.struck.size;
    try {
      await this.invoke(task, payload);
    } catch {
      return true;
    }
    return this.struck.size > before;
  }

  /** A call that Step Functions makes itself. @throws TaskFailure */
  async service<Answer>(
    service: Service,
    act: () => Answer,
    lost?: (answer: Answer) => void,
  ): Promise<Answer> {
    const visit = this.#visit(service);
    await this.#latency();
    const fault = this.#strike(
      (each) => each.kind === 'service' && each.service === service && this.#isVisit(each.visit, visit),
    );
    const failure = fault?.kind === 'service' ? new TaskFailure(fault.error, 'made to fail') : null;
    if (failure && fault?.kind === 'service' && fault.when === 'before') throw failure;
    const answer = act();
    if (!failure) return answer;
    lost?.(answer);
    throw failure;
  }

  /** A new cluster, which is lost if a fault is meant for it. */
  watchCluster(cluster: MemoryCluster): void {
    const nth = this.clusters.clusters.size - 1;
    this.note(() => `cluster ${cluster.id} is made: ${cluster.name}`);
    const fault = this.#faults.find((each) => each.kind === 'cluster' && each.nth === nth);
    if (fault?.kind !== 'cluster') return;
    this.after(fault.afterSeconds, () => {
      this.struck.add(fault);
      this.note(() => `fault: ${cluster.id} is lost`);
      this.clusters.lose(cluster, 'INSTANCE_FAILURE: made to be lost');
    });
  }

  async #run(task: FunctionName, visit: number, payload: Json): Promise<Json> {
    const handler = this.#handlers[task];
    if (!handler) throw new TaskFailure('Lambda.ResourceNotFoundException', `Function not found: ${task}`);
    return new Promise((resolve, reject) => {
      const invocation: Invocation = {
        task,
        visit,
        calls: 0,
        dead: false,
        die: (failure) => {
          invocation.dead = true;
          this.note(() => `${task} dies: ${failure.error}`);
          reject(failure);
        },
      };
      const work = this.sleep(this.between(...START_SECONDS)).then(() =>
        this.#invocations.run(invocation, () =>
          handler(JSON.parse(JSON.stringify(payload)), lambdaContext()),
        ),
      );
      work.then(
        (answer) => {
          this.#counted(invocation);
          resolve(answer === undefined ? null : JSON.parse(JSON.stringify(answer)));
        },
        (error: Error) => {
          this.note(() => `${task} fails: ${error.name}: ${error.message}`);
          const cause = { errorType: error.name, errorMessage: error.message, trace: [] };
          reject(new TaskFailure(error.name, JSON.stringify(cause)));
        },
      );
    });
  }

  #counted({ task, calls }: Invocation): void {
    this.calls.set(task, Math.max(calls, this.calls.get(task) ?? 0));
  }

  #faultOfCall(invocation: Invocation): Extract<Fault, { kind: 'call' }> | undefined {
    const call = invocation.calls;
    invocation.calls += 1;
    const { task, visit } = invocation;
    const fault = this.#strike(
      (each) =>
        each.kind === 'call' && each.task === task && this.#isVisit(each.visit, visit) && each.call === call,
    );
    return fault?.kind === 'call' ? fault : undefined;
  }

  async #befall(
    what: CallFailure,
    port: PortName,
    call: string,
    invocation: Invocation | undefined,
  ): Promise<never> {
    const task = invocation?.task;
    this.note(() => `${task}: ${call} is struck: ${what}`);
    if (what === 'dies') {
      invocation?.die(new TaskFailure('Runtime.ExitError', `RequestId: made to exit in ${call}`));
      return never();
    }
    if (what === 'hangs') {
      await this.sleep(task ? functionTable[task].timeoutSeconds : 60);
      invocation?.die(new TaskFailure('Sandbox.Timedout', `${task} timed out in ${call}`));
      return never();
    }
    throw failureOfPort(port, what, call);
  }

  #strike(isMeant: (fault: Fault) => boolean): Fault | undefined {
    const fault = this.#faults.find((each) => (!this.struck.has(each) || isLasting(each)) && isMeant(each));
    if (fault) {
      this.struck.add(fault);
      this.note(() => `fault: ${JSON.stringify(fault)}`);
    }
    return fault;
  }

  #isVisit(meant: Visit, visit: number): boolean {
    return meant === 'every' ? !this.endedBadly : meant === visit;
  }

  #visit(name: string): number {
    const visit = this.#visits.get(name) ?? 0;
    this.#visits.set(name, visit + 1);
    return visit;
  }

  async #latency(): Promise<void> {
    if (this.random() < SLOW_SHARE) await this.sleep(this.between(0, SLOWEST_CALL_SECONDS));
  }

  async #runJob(jobId: string, args: readonly string[], killed: AbortSignal): Promise<void> {
    const nth = this.#jobs++;
    const output = args[args.indexOf('--output') + 1] ?? '';
    this.note(() => `job ${nth} (${jobId}) begins: ${output}`);
    this.onJob(output);
    this.runningJobs.set(jobId, output);
    killed.addEventListener('abort', () => this.runningJobs.delete(jobId));
    try {
      await this.#liveJob(nth, args, output, killed);
      this.note(() => `job ${nth} (${jobId}) is done`);
    } finally {
      this.runningJobs.delete(jobId);
    }
  }

  async #liveJob(nth: number, args: readonly string[], output: string, killed: AbortSignal): Promise<void> {
    const stage = async (name: SparkStage): Promise<void> => {
      await this.sleep(this.between(1, 120));
      if (killed.aborted) throw new Error('killed');
      const fault = this.#strike((each) => each.kind === 'job' && each.nth === nth && each.stage === name);
      if (fault?.kind !== 'job') return;
      if (fault.what === 'hangs') {
        await this.sleep(13 * 3600);
        if (killed.aborted) throw new Error('killed');
        return;
      }
      const message = `made to fail before ${name}`;
      if (fault.what === 'explains') {
        const [bucket = '', ...key] = `${output}/error.json`.slice('s3://'.length).split('/');
        const error = {
          formatVersion: 1,
          runId: args[args.indexOf('--run-id') + 1],
          attempt: Number(args[args.indexOf('--attempt') + 1]),
          error: 'JobFailure',
          message,
          stage: name,
        };
        this.objects.put(bucket, key.join('/'), JSON.stringify(error));
      }
      throw new Error(message);
    };
    const now = (): Date => new Date(this.now());
    await sparkJob(args, { objects: this.objects, lake: this.lake, now, transform: rowUnder, stage });
  }
}

const isLasting = (fault: Fault): boolean => 'visit' in fault && fault.visit === 'every';

/** A store that tells of each execution once when it is saved as ended. */
function watched(store: Store, ended: (record: ExecutionRecord) => void): Store {
  const told = new Set<string>();
  return {
    ...store,
    save(changes: readonly ExecutionChange[]) {
      store.save(changes);
      for (const { record } of changes) {
        const once = `${record.arn} ${record.redriveCount}`;
        if (record.status === 'RUNNING' || told.has(once)) continue;
        told.add(once);
        ended(record);
      }
    },
  };
}

/** What an adapter of a port throws once its own retries are used up. */
function failureOfPort(port: PortName, what: Exclude<CallFailure, 'dies' | 'hangs'>, call: string): Error {
  const message = `${call}: made to fail`;
  if (port === 'warehouse' && what !== 'denied') return new TidegateError('ServiceUnavailable', message);
  if (port === 'warehouse')
    return new TidegateError('PermissionMissing', `BigQuery answered 403 accessDenied: ${message}`);
  const names = {
    throttled: 'ThrottlingException',
    unreachable: 'TimeoutError',
    denied: 'AccessDeniedException',
  };
  return Object.assign(new Error(message), { name: names[what] });
}
