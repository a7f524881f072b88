import type { TaskAdapter } from '../adapters/adapter.ts';
import type { Clock } from '../clock/clock.ts';
import type { Json } from '../json.ts';
import { createEvaluator } from '../jsonata/evaluator.ts';
import type { Chance } from '../jsonata/functions.ts';
import { limits } from '../limits.ts';
import type { ExecutionRecord } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import { dataDetails, ExecutionRun, type World } from './execution-run.ts';
import { type Failure, stopped } from './failure.ts';
import { reviveFrame } from './revive-frame.ts';
import { runFrame } from './run-frame.ts';

export interface EngineOptions {
  readonly clock: Clock;
  readonly store: Store;
  readonly adapters: readonly TaskAdapter[];
  readonly region: string;
  readonly random: () => number;
  readonly uuid: () => string;
  /** Called when the store can't save: nothing runs on from then. Absent: the process dies of it. */
  readonly broken?: (error: unknown) => void;
}

/** Runs executions. What it has under way is in memory; all that a later process needs is in the store. */
export interface Engine {
  start(record: ExecutionRecord): void;
  /** Ends a running execution as ABORTED; false if it runs no more. */
  stop(arn: string, failure: Failure): boolean;
  /** Takes a failed execution up again where it failed. */
  redrive(record: ExecutionRecord): void;
  /** Goes on with what an earlier process left running. */
  resume(): void;
  flush(): void;
  /** Resolves when the execution runs no more. */
  finished(arn: string): Promise<void>;
  /** Lets go of everything under way, which a later process resumes. */
  close(): void;
}

export function createEngine(options: EngineOptions): Engine {
  const { clock, store } = options;
  const runs = new Map<string, ExecutionRun>();
  const unsaved = new Set<ExecutionRun>();
  const waiting = new Map<string, (() => void)[]>();
  const deadlines = new Map<string, AbortController>();
  const closed = new AbortController();
  let flushPlanned = false;
  let failure: { readonly error: unknown } | undefined;
  const chance: Chance = { now: () => clock.now(), random: options.random, uuid: options.uuid };

  const world: World = {
    clock,
    evaluator: createEvaluator(chance),
    adapters: options.adapters,
    region: options.region,
    random: options.random,
    flush,
    changed(run) {
      unsaved.add(run);
      if (flushPlanned) return;
      flushPlanned = true;
      setImmediate(() => {
        if (!closed.signal.aborted) flush();
      });
    },
    ended(run) {
      const { arn } = run.record;
      runs.delete(arn);
      deadlines.get(arn)?.abort(stopped);
      deadlines.delete(arn);
      flush();
      for (const wake of waiting.get(arn) ?? []) wake();
      waiting.delete(arn);
    },
  };

  function flush(): void {
    flushPlanned = false;
    if (failure) throw failure.error;
    if (unsaved.size === 0 || closed.signal.aborted) return;
    const changes = [...unsaved].map((run) => run.takeChange());
    unsaved.clear();
    try {
      store.save(changes);
    } catch (error) {
      // What runs here is ahead of what is kept: only a process that begins with what is kept may go on.
      failure = { error };
      letGo();
      const broken = options.broken ?? rethrow;
      broken(error);
      throw error;
    }
  }

  function letGo(): void {
    closed.abort(stopped);
    for (const run of runs.values()) run.letGo();
    for (const over of deadlines.values()) over.abort(stopped);
  }

  function go(run: ExecutionRun): void {
    const { record } = run;
    runs.set(record.arn, run);
    if (record.deadlineMs !== undefined) watchDeadline(run, record.deadlineMs);
    runFrame(run, run.root, (end) => {
      if ('failure' in end) run.end('FAILED', run.root.cursor, end.failure);
      else run.end('SUCCEEDED', run.root.cursor, { output: end.outputText });
    }).catch((error) => {
      if (failure) return;
      if (!run.running) throw error;
      const message = error instanceof Error ? error.message : String(error);
      run.end('FAILED', run.root.cursor, { error: 'States.Runtime', cause: message });
    });
  }

  function watchDeadline(run: ExecutionRun, deadlineMs: number): void {
    const over = new AbortController();
    deadlines.set(run.record.arn, over);
    clock.sleepUntil(deadlineMs, over.signal).then(
      () => run.running && !closed.signal.aborted && run.end('TIMED_OUT', 0, {}),
      () => {},
    );
  }

  /** When the execution's own TimeoutSeconds strikes, or else the year that any may be open. */
  function deadlineOf({ record, definition }: ExecutionRun): number {
    const ownMs = (definition.TimeoutSeconds ?? Number.POSITIVE_INFINITY) * 1_000;
    return Math.min(clock.now() + ownMs, record.startMs + limits.executionMs);
  }

  return {
    start(record) {
      const run = new ExecutionRun(world, record, []);
      const input: Json = run.executionInput;
      record.deadlineMs = deadlineOf(run);
      run.append('ExecutionStarted', 0, { ...dataDetails('input', record.input), roleArn: record.roleArn });
      run.addFrame({ index: 0, block: [], input, status: 'running', cursor: 0, variables: {} });
      flush();
      go(run);
    },
    stop(arn, failure) {
      const run = runs.get(arn);
      if (!run) return false;
      run.end('ABORTED', 0, failure);
      return true;
    },
    redrive(record) {
      const run = new ExecutionRun(world, record, store.frames(record.arn));
      record.status = 'RUNNING';
      record.redriveCount++;
      record.redriveMs = clock.now();
      record.stopMs = undefined;
      record.error = undefined;
      record.cause = undefined;
      record.deadlineMs = deadlineOf(run);
      run.append('ExecutionRedriven', record.lastEventId, { redriveCount: record.redriveCount });
      reviveFrame(run, run.root);
      flush();
      go(run);
    },
    resume() {
      for (const record of store.runningExecutions())
        go(new ExecutionRun(world, record, store.frames(record.arn)));
    },
    flush,
    finished(arn) {
      if (!runs.has(arn)) return Promise.resolve();
      return new Promise((resolve) => {
        waiting.set(arn, [...(waiting.get(arn) ?? []), resolve]);
      });
    },
    close() {
      if (!failure) flush();
      letGo();
    },
  };
}

/** Nobody catches it, so that the process ends. */
function rethrow(error: unknown): void {
  setImmediate(() => {
    throw error;
  });
}
