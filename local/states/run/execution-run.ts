import { createHash } from 'node:crypto';
import type { TaskAdapter } from '../adapters/adapter.ts';
import type { Clock } from '../clock/clock.ts';
import type { Definition, StatesBlock } from '../definition/definition.ts';
import { parsedDefinition } from '../definition/parsed-definition.ts';
import type { EventDetails, HistoryEvent } from '../history/history-event.ts';
import type { Json, JsonObject } from '../json.ts';
import type { Evaluator } from '../jsonata/evaluator.ts';
import { limits } from '../limits.ts';
import type { ExecutionChange, ExecutionRecord, ExecutionStatus } from '../store/records.ts';
import { type Failure, stopped } from './failure.ts';
import type { Frame } from './frame.ts';

/** What every execution of an engine shares. */
export interface World {
  readonly clock: Clock;
  readonly evaluator: Evaluator;
  readonly adapters: readonly TaskAdapter[];
  readonly region: string;
  random(): number;
  /** Called after each change; the change is saved at the next flush, or by a later one. */
  changed(run: ExecutionRun): void;
  /** Saves all changes of all executions now. Anything with an effect outside waits for it. */
  flush(): void;
  ended(run: ExecutionRun): void;
}

/**
 * One execution under way: its record, its frames and what of them is not saved yet. Events and the frames
 * that they speak of change in one go, without an await between, so that every save holds a state from which
 * the execution can go on.
 */
export class ExecutionRun {
  readonly world: World;
  readonly record: ExecutionRecord;
  readonly definition: Definition;
  readonly executionInput: Json;
  readonly frames = new Map<number, Frame>();
  readonly #stops = new Map<number, AbortController>();
  readonly #newEvents: HistoryEvent[] = [];
  readonly #dirtyFrames = new Set<Frame>();
  readonly #removedFrameIds = new Set<number>();
  /** Of all variables of all frames: bytes of their JSON. */
  #variableBytes = 0;
  #over = false;

  constructor(world: World, record: ExecutionRecord, frames: readonly Frame[]) {
    this.world = world;
    this.record = record;
    this.definition = parsedDefinition(record.definition);
    this.executionInput = JSON.parse(record.input);
    for (const frame of frames) {
      this.frames.set(frame.id, frame);
      this.#variableBytes += bytesOf(frame.variables);
    }
  }

  /** False from the end on, even when another run redrives the execution: work left over here stays still. */
  get running(): boolean {
    return !this.#over;
  }

  /** The frame of the execution itself. */
  get root(): Frame {
    return this.frame(0);
  }

  frame(id: number): Frame {
    const frame = this.frames.get(id);
    if (!frame)
      throw new Error(
        `expected frame ${id} in execution ${this.record.arn}, found none: its record is damaged`,
      );
    return frame;
  }

  addFrame(frame: Omit<Frame, 'id'>): Frame {
    const added = { ...frame, id: this.record.nextFrameId++ };
    this.frames.set(added.id, added);
    this.changed(added);
    return added;
  }

  /** Forgets frames whose Parallel or Map is over, with all frames below them. */
  removeFrames(ids: readonly number[]): void {
    for (const id of ids) {
      const frame = this.frames.get(id);
      if (!frame) continue;
      if (frame.at?.step.kind === 'children') this.removeFrames(frame.at.step.frameIds);
      this.frames.delete(id);
      this.#variableBytes -= bytesOf(frame.variables);
      this.#dirtyFrames.delete(frame);
      this.#stops.delete(id);
      this.#removedFrameIds.add(id);
    }
  }

  block(frame: Frame): StatesBlock {
    let place: unknown = this.definition;
    for (const key of frame.block) place = (place as Record<string, unknown>)[key];
    return place as StatesBlock;
  }

  /** The variables that a frame sees: its own, and those of the scopes around it. */
  variables(frame: Frame): JsonObject {
    if (frame.parentId === undefined) return frame.variables;
    return { ...this.variables(this.frame(frame.parentId)), ...frame.variables };
  }

  /** Bytes of all variables, should these be assigned in a frame. */
  bytesWith(frame: Frame, assigned: JsonObject, assignedBytes: number): number {
    const kept = Object.keys(assigned).filter((name) => Object.hasOwn(frame.variables, name));
    const replaced = Object.fromEntries(kept.map((name) => [name, frame.variables[name] ?? null]));
    return this.#variableBytes + assignedBytes - bytesOf(replaced);
  }

  assign(frame: Frame, assigned: JsonObject): void {
    this.#variableBytes = this.bytesWith(frame, assigned, bytesOf(assigned));
    for (const [name, value] of Object.entries(assigned)) frame.variables[name] = value;
    this.changed(frame);
  }

  changed(frame: Frame): void {
    this.#dirtyFrames.add(frame);
    this.world.changed(this);
  }

  /** Appends an event that points to `previousEventId`, and gives its id. */
  append(type: string, previousEventId: number, details?: EventDetails): number {
    const id = this.record.lastEventId + 1;
    if (id >= limits.historyEvents && !type.startsWith('Execution')) {
      this.end('FAILED', previousEventId, {
        error: 'States.Runtime',
        cause: `The execution reached the maximum number of history events (${limits.historyEvents}).`,
      });
      throw stopped;
    }
    this.record.lastEventId = id;
    const event = { id, previousEventId, timestamp: this.world.clock.now(), type };
    this.#newEvents.push(details ? { ...event, details } : event);
    this.world.changed(this);
    return id;
  }

  /** Appends a frame's next event: it points to the frame's last one and becomes the last. None follows its end. */
  appendTo(frame: Frame, type: string, details?: EventDetails): number {
    this.expectAlive(frame);
    frame.cursor = this.append(type, frame.cursor, details);
    this.changed(frame);
    return frame.cursor;
  }

  /** Ends the execution. Work under way in its frames stops without another event. */
  end(
    status: Exclude<ExecutionStatus, 'RUNNING'>,
    previousEventId: number,
    result: Failure & { output?: string },
  ): void {
    const { record } = this;
    this.#over = true;
    record.status = status;
    record.stopMs = this.world.clock.now();
    record.output = result.output;
    record.error = result.error;
    record.cause = result.cause;
    this.append(
      {
        SUCCEEDED: 'ExecutionSucceeded',
        FAILED: 'ExecutionFailed',
        TIMED_OUT: 'ExecutionTimedOut',
        ABORTED: 'ExecutionAborted',
      }[status],
      previousEventId,
      result.output === undefined ? endDetails(status, result) : dataDetails('output', result.output),
    );
    for (const frame of this.frames.values()) if (frame.status === 'running') this.abort(frame);
    if (status === 'SUCCEEDED') this.removeFrames([...this.frames.keys()]);
    this.world.ended(this);
  }

  /** Marks a frame as aborted and ends its waits and calls; a job under way is stopped as AWS would. */
  abort(frame: Frame): void {
    frame.status = 'aborted';
    this.changed(frame);
    this.#stops.get(frame.id)?.abort(stopped);
    this.#stops.delete(frame.id);
  }

  /** Ends all waits without a change: a later process goes on from what is stored. */
  letGo(): void {
    this.#over = true;
    for (const stop of this.#stops.values()) stop.abort(stopped);
  }

  signal(frame: Frame): AbortSignal {
    let stop = this.#stops.get(frame.id);
    if (!stop) {
      stop = new AbortController();
      this.#stops.set(frame.id, stop);
    }
    return stop.signal;
  }

  /**
   * Waits for a promise, and goes on only if the frame still runs. Another frame may abort it before who waits goes on:
   * what is written then expects it to be alive.
   */
  async alive<T>(frame: Frame, promise: Promise<T>): Promise<T> {
    try {
      const value = await promise;
      this.expectAlive(frame);
      return value;
    } catch (error) {
      this.expectAlive(frame);
      throw error;
    }
  }

  /** Stops who works for a frame that no longer runs. */
  expectAlive(frame: Frame): void {
    if (frame.status !== 'running' || !this.running) throw stopped;
  }

  sleepUntil(frame: Frame, untilMs: number): Promise<void> {
    return this.alive(frame, this.world.clock.sleepUntil(untilMs, this.signal(frame)));
  }

  /** One per scheduled Task, the same in each process that submits it. */
  idempotencyKey(scheduledId: number): string {
    return createHash('sha256').update(`${this.record.arn}#${scheduledId}`).digest('hex');
  }

  /** What is not saved yet; from here on it counts as saved. */
  takeChange(): ExecutionChange {
    const change = {
      record: this.record,
      events: [...this.#newEvents],
      frames: [...this.#dirtyFrames],
      removedFrameIds: [...this.#removedFrameIds],
    };
    this.#newEvents.length = 0;
    this.#dirtyFrames.clear();
    this.#removedFrameIds.clear();
    return change;
  }
}

/** The size of variables as AWS counts it: bytes of their values' JSON. */
export function bytesOf(variables: JsonObject): number {
  let sum = 0;
  for (const value of Object.values(variables)) sum += Buffer.byteLength(JSON.stringify(value));
  return sum;
}

/** Details that hold data, and whether it was cut, which this server never does. */
export function dataDetails(member: 'input' | 'output', text: string): EventDetails {
  return { [member]: text, [`${member}Details`]: { truncated: false } };
}

export function failureDetails(failure: Failure): EventDetails {
  return {
    ...(failure.error === undefined ? {} : { error: failure.error }),
    ...(failure.cause === undefined ? {} : { cause: failure.cause }),
  };
}

/** A timeout of the execution has a name in its event alone. */
function endDetails(status: ExecutionStatus, failure: Failure): EventDetails {
  return status === 'TIMED_OUT' ? { error: 'States.Timeout' } : failureDetails(failure);
}

/** Names of the states of a block, for look-ups by a name that validation has checked. */
export function stateOf(block: StatesBlock, name: string): StatesBlock['States'][string] {
  const state = block.States[name];
  if (!state) throw new Error(`expected a state ${name}, found none: the definition was not validated`);
  return state;
}
