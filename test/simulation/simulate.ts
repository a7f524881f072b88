import type { ExecutionRecord } from '../../local/states/store/records.ts';
import { runIdOf } from '../../tasks/core/run-id.ts';
import { BUCKETS, objectCreated } from '../fakes/samples.ts';
import { enterWorld } from './adapters/ports.ts';
import { contractVersion } from './contract-versions.ts';
import { type Executor, executionArn } from './executor.ts';
import type { History, UploadPlan } from './history.ts';
import { brokenAfterSuccess } from './promises/after-success.ts';
import {
  ADMISSION_SECONDS,
  brokenAfterAdmission,
  brokenAfterSweep,
  whoWaits,
} from './promises/after-sweep.ts';
import { brokenAtEnd } from './promises/at-end.ts';
import { type Handler, World } from './world.ts';

/** The workflow as it is deployed: its functions, and what runs executions of its definition. */
export interface Workflow {
  handlers: Readonly<Record<string, Handler>>;
  executor: Executor;
}

export interface Outcome {
  /** What promise was broken, and how; empty: all were kept. */
  broken: string[];
  world: World;
  ends: End[];
}

/** What a history has come to. */
export interface Course {
  world: World;
  history: History;
  /** The version of each upload's object, once it is there. */
  versions: (string | undefined)[];
  /** Executions by name, in the order in which they were started. */
  started: string[];
  /** Each time that one of them ended badly. */
  ends: End[];
  broken: Set<string>;
}

interface End {
  arn: string;
  name: string;
  status: ExecutionRecord['status'];
  error: string | undefined;
  redriveCount: number;
  startMs: number;
  /** When it was started or redriven. */
  beganMs: number;
  endedMs: number;
  /** When it was redriven afterwards; infinite: never. */
  redrivenMs: number;
}

export const SWEEP_SECONDS = 900;
/** Longer than this, nothing that runs can take. */
const LONGEST_SECONDS = 8 * 24 * 3600;
const MAX_REDRIVES = 5;

export const datasetName = (index: number): string => `d${index}`;
export const keyOf = ({ dataset, key }: UploadPlan): string => `${datasetName(dataset)}/file-${key}.csv`;

/** Lives through a history, mends what failed as an operator would, and says which promises were broken. */
export async function simulate(history: History, workflow: Workflow, keepsLog = false): Promise<Outcome> {
  const { executor } = workflow;
  const course = begin(history, workflow, keepsLog);
  const { world, broken } = course;
  try {
    schedule(course);
    sweepOnAndOn(course);
    await world.sleep(lastMoment(history));
    await quiet(course);
    for (let round = 0; round < MAX_REDRIVES; round += 1) {
      const failed = unfinished(course);
      if (failed.length === 0) break;
      for (const record of failed) {
        await world.sleep(world.between(1, 300));
        redrive(course, executor, record);
      }
      await quiet(course);
    }
    for (const { name, error, cause } of unfinished(course)) {
      broken.add(`5: ${name} fails however often it is redriven: ${error}: ${cause?.slice(0, 300)}`);
    }
    await world.sleep(3 * SWEEP_SECONDS);
    await quiet(course);
    for (const promise of brokenAtEnd(course)) broken.add(promise);
  } catch (error) {
    broken.add(`the simulation itself: ${(error as Error).stack}`);
  } finally {
    executor.leave(world);
    world.end();
  }
  return { broken: [...broken], world, ends: course.ends };
}

function begin(history: History, { handlers, executor }: Workflow, keepsLog: boolean): Course {
  const started: string[] = [];
  const world: World = new World(
    history,
    handlers,
    (name, input) => {
      const arn = executionArn(name);
      if (world.store.execution(arn)) return;
      const nth = started.length;
      started.push(name);
      world.note(() => `execution ${nth}, ${name}, starts: ${JSON.stringify(input)}`);
      const cut = history.faults.find((fault) => fault.kind === 'cut' && fault.execution === nth);
      const seconds = cut?.kind === 'cut' ? cut.seconds : 0;
      executor.start(name, input, cut?.kind === 'cut' && cut.by === 'limit' ? seconds : undefined);
      if (cut?.kind !== 'cut' || cut.by === 'limit') return;
      world.after(seconds, () => {
        const record = world.store.execution(arn);
        if (record?.status === 'RUNNING') executor.abort(record);
      });
    },
    () => executor.flush(),
    keepsLog,
  );
  enterWorld(world);
  const ends: End[] = [];
  const course: Course = {
    world,
    history,
    versions: [],
    started,
    ends,
    broken: new Set(),
  };
  world.onJob = (output) => {
    const [dataset, runId] = placeOf(output);
    for (const other of world.runningJobs.values()) {
      const [otherDataset, otherRun] = placeOf(other);
      if (dataset !== otherDataset || runId === otherRun) continue;
      if (goesOnWhereItWas(course, runId) || goesOnWhereItWas(course, otherRun)) continue;
      course.broken.add(`4: a job of ${runId} begins while one of ${otherRun} runs, both of ${dataset}`);
    }
  };
  world.onEnd = (record) => {
    ended(course, executor, record);
  };
  return course;
}

/** The dataset and run in `s3://<bucket>/runs/<dataset>/<runId>/attempts/<n>`. */
const placeOf = (output: string): string[] => output.split('/').slice(4, 6);

/**
 * An execution that was cut, or failed by an error that no Catch takes, and was redriven, does not ask for the gate again;
 * merges in any order come to the same.
 */
function goesOnWhereItWas({ ends }: Course, runId: string | undefined): boolean {
  return ends.some(
    ({ arn, startMs, status, error, redrivenMs }) =>
      (status !== 'FAILED' || error?.startsWith('States.')) &&
      redrivenMs < Infinity &&
      runIdOf(arn, new Date(startMs)) === runId,
  );
}

/** Remembers an end that is bad, and redrives the execution when a person is to. */
function ended(course: Course, executor: Executor, record: ExecutionRecord): void {
  const { world, history, started, ends } = course;
  const { arn, name, status, redriveCount, redriveMs, startMs, error } = record;
  world.note(() => `execution ${name} ends: ${status} ${error ?? ''}`);
  if (status === 'SUCCEEDED') {
    for (const promise of brokenAfterSuccess(course, record)) course.broken.add(promise);
    // Where nothing has gone wrong yet, it is the run that left who woke the next, not a sweep.
    const waiting = whoWaits(course);
    if (world.struck.size > 0 || world.endedBadly) return;
    world.after(ADMISSION_SECONDS / 5, () => {
      for (const promise of brokenAfterAdmission(course, waiting, name)) course.broken.add(promise);
    });
    return;
  }
  world.endedBadly = true;
  const cut = history.faults.find(
    (fault) => fault.kind === 'cut' && fault.execution === started.indexOf(name),
  );
  if (cut && status !== 'FAILED') world.struck.add(cut);
  tellStatus(world, history, arn);
  const beganMs = redriveMs ?? startMs;
  ends.push({
    arn,
    name,
    status,
    error,
    redriveCount,
    startMs,
    beganMs,
    endedMs: world.now(),
    redrivenMs: Infinity,
  });
  const nth = started.indexOf(name);
  const act = history.acts.filter((each) => each.does === 'redrive' && each.execution === nth)[redriveCount];
  if (act) world.after(act.at, () => redrive(course, executor, record));
}

/** The rule on the execution's status, whose events are best effort. */
function tellStatus(world: World, { statusEvents }: History, executionArn: string): void {
  if (statusEvents === 'lost') return;
  const event = { source: 'aws.states', detail: { executionArn } };
  const seconds = statusEvents === 'prompt' ? world.between(0, 5) : world.between(60, 7200);
  world.after(seconds, () => void world.scheduled('CleanUp', event));
}

/** Everything that comes from outside, each at its time. */
function schedule(course: Course): void {
  const { world, history, versions } = course;
  const deployed = history.datasets.map(() => 0);
  const deploy = (index: number): void => {
    const plan = history.datasets[index];
    if (!plan) return;
    deployed[index] = (deployed[index] ?? 0) + 1;
    const contract = contractVersion(datasetName(index), plan, deployed[index] ?? 1);
    const key = `datasets/${datasetName(index)}/contract.json`;
    world.objects.put(BUCKETS.artifactsBucket, key, JSON.stringify(contract));
  };
  for (const index of history.datasets.keys()) deploy(index);
  let manual = 0;
  for (const [index, upload] of history.uploads.entries()) {
    world.after(upload.at, () => {
      const content = contentOf(upload);
      const versionId = world.objects.put(BUCKETS.sourceBucket, keyOf(upload), content);
      versions[index] = versionId;
      const event = objectCreated(keyOf(upload), versionId, content.length);
      event.time = new Date(world.now()).toISOString().replace(/\.\d+Z$/, 'Z');
      event.detail.object.sequencer = (index + 1).toString(16).padStart(18, '0').toUpperCase();
      for (const [nth, after] of upload.events.entries()) {
        world.after(after, () => world.execute(`event-${index}-${nth}`, event));
      }
    });
  }
  for (const act of history.acts) {
    if (act.does === 'redrive') continue;
    world.after(act.at, () => {
      if (act.does === 'deploy') return deploy(act.dataset);
      if (act.does === 'start')
        return world.execute(`manual-${manual++}`, { dataset: datasetName(act.dataset) });
      if (act.does === 'replay' || act.does === 'delete') {
        const upload = history.uploads[act.upload];
        const versionId = versions[act.upload];
        if (!upload || !versionId) return undefined;
        const at = { bucket: BUCKETS.sourceBucket, key: keyOf(upload), versionId };
        if (act.does === 'replay') return world.execute(`manual-${manual++}`, at);
        world.note(() => `deleted: ${at.key} ${versionId}`);
        return world.objects.removeVersion(at.bucket, at.key, versionId);
      }
    });
  }
}

function contentOf({ ids, rejected }: UploadPlan): string {
  const rows = ids.map((id, index) => `${id < 0 ? 'none' : id},n${index}\n`);
  return `${rejected ? 'key,note' : 'id,note'}\n${rows.join('')}`;
}

function redrive({ world, ends }: Course, executor: Executor, record: ExecutionRecord): void {
  if (record.status === 'RUNNING' || record.status === 'SUCCEEDED') return;
  world.note(() => `${record.name} is redriven`);
  const last = ends.findLast(({ arn }) => arn === record.arn);
  if (last) last.redrivenMs = world.now();
  executor.redrive(record);
}

/** The sweep of the deployment, where there is one; after each, what it has to have put right is looked at. */
function sweepOnAndOn(course: Course): void {
  const { world } = course;
  const sweep = async (): Promise<void> => {
    const before = whoWaits(course);
    if (!(await world.scheduled('CleanUp', { sweep: true }))) {
      const broken = brokenAfterSweep(course, before);
      for (const promise of broken) {
        world.note(() => `broken after the sweep of ${(world.now() - before.atMs) / 1000} s: ${promise}`);
        course.broken.add(promise);
      }
      world.after(ADMISSION_SECONDS, () => {
        for (const promise of brokenAfterAdmission(course, before, 'a sweep')) course.broken.add(promise);
      });
    }
    world.after(SWEEP_SECONDS, () => void sweep());
  };
  world.after(SWEEP_SECONDS, () => void sweep());
}

function lastMoment({ uploads, acts }: History): number {
  const moments = uploads.flatMap(({ at, events }) => events.map((after) => at + after));
  return Math.max(0, ...moments, ...uploads.map(({ at }) => at), ...acts.map(({ at }) => at)) + 60;
}

/** Resolves when nothing runs any more. */
async function quiet({ world, broken }: Course): Promise<void> {
  const untilMs = world.now() + LONGEST_SECONDS * 1000;
  while (world.store.runningExecutions().length > 0) {
    await world.sleep(120);
    if (world.now() < untilMs) continue;
    const names = world.store.runningExecutions().map(({ name }) => name);
    broken.add(`5: never ends: ${names.join(', ')}`);
    return;
  }
}

/**
 * Executions that have ended badly; one that asks for a version that was deleted, or for a dataset that is not deployed,
 * is not expected to do better.
 */
function unfinished(course: Course): ExecutionRecord[] {
  const { world, started, history, versions } = course;
  const deleted = history.acts.flatMap((act) => (act.does === 'delete' ? [versions[act.upload]] : []));
  const refused = ({ error, input }: ExecutionRecord): boolean =>
    error === 'InvalidInput' &&
    (deleted.some((id) => id && input.includes(`"${id}"`)) || asksForNoDataset(course, input));
  return started
    .map((name) => world.store.execution(executionArn(name)))
    .filter((record) => record !== undefined)
    .filter(({ status }) => status !== 'SUCCEEDED' && status !== 'RUNNING')
    .filter((record) => !refused(record));
}

/** Whether a person started an execution for what waits of a dataset, and no dataset of that name is deployed. */
export function asksForNoDataset({ history }: Course, input: string): boolean {
  const { dataset } = JSON.parse(input) as { dataset?: string };
  return dataset !== undefined && ![...history.datasets.keys()].map(datasetName).includes(dataset);
}
