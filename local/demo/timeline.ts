import type { HistoryEvent } from '@aws-sdk/client-sfn';

/** One visit of a state, as the execution's history tells it. */
export interface StateVisit {
  name: string;
  /** 0, or more inside a Map. */
  depth: number;
  /** Milliseconds after the execution's start. */
  enteredMs: number;
  /** Milliseconds in the state. */
  tookMs: number;
  /** The state's output as JSON; null when it failed. */
  output: string | null;
  /** The error that the state was left by; null when it succeeded. */
  error: string | null;
}

/** A state that was entered and not left yet. */
export interface OpenState {
  name: string;
  enteredMs: number;
}

/** Makes visits of states out of history events, which it takes in their order and as they come. */
export class Timeline {
  readonly visits: StateVisit[] = [];
  readonly #open: { name: string; depth: number; enteredMs: number; error: string | null }[] = [];
  #startMs: number | null = null;
  #openMaps = 0;

  /** @returns the visits that ended by these events. */
  add(events: readonly HistoryEvent[]): StateVisit[] {
    const before = this.visits.length;
    for (const event of events) this.#addOne(event);
    return this.visits.slice(before);
  }

  /** The state that was entered last and is still open. */
  get current(): OpenState | null {
    return this.#open.at(-1) ?? null;
  }

  #addOne(event: HistoryEvent): void {
    const { type = '', timestamp } = event;
    const at = timestamp?.getTime() ?? 0;
    this.#startMs ??= at;
    const ms = at - this.#startMs;
    const entered = event.stateEnteredEventDetails?.name;
    const exited = event.stateExitedEventDetails?.name;
    if (entered !== undefined) {
      this.#open.push({ name: entered, depth: this.#openMaps, enteredMs: ms, error: null });
      if (type === 'MapStateEntered') this.#openMaps += 1;
    } else if (exited !== undefined) {
      if (type === 'MapStateExited') this.#openMaps -= 1;
      this.#close(exited, ms, event.stateExitedEventDetails?.output ?? null);
    } else if (type === 'TaskFailed' || type === 'TaskTimedOut') {
      const error = event.taskFailedEventDetails?.error ?? event.taskTimedOutEventDetails?.error ?? type;
      const last = this.#open.at(-1);
      if (last) last.error = error;
    } else if (type === 'TaskSucceeded') {
      // A retry went well.
      const last = this.#open.at(-1);
      if (last) last.error = null;
    } else if (type.startsWith('Execution') && type !== 'ExecutionStarted' && type !== 'ExecutionRedriven') {
      for (const { name } of [...this.#open].reverse()) this.#close(name, ms, null);
      this.#openMaps = 0;
    }
  }

  #close(name: string, ms: number, output: string | null): void {
    const at = this.#open.findIndex((state) => state.name === name);
    const [state] = at < 0 ? [] : this.#open.splice(at, 1);
    if (!state) return;
    const { depth, enteredMs, error } = state;
    this.visits.push({ name, depth, enteredMs, tookMs: ms - enteredMs, output, error });
  }
}
