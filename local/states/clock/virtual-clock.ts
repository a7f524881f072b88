import type { Clock } from './clock.ts';

interface Sleeper {
  readonly until: number;
  readonly order: number;
  readonly wake: () => void;
}

/** A clock whose time jumps to the next sleeper as soon as nothing else is left to do. */
export interface VirtualClock extends Clock {
  /** For a task under test: takes virtual time inside `hold`, so that timeouts can strike meanwhile. */
  sleepInTask(ms: number, signal: AbortSignal): Promise<void>;
}

/**
 * Time stands still while any held work runs and otherwise jumps to the earliest sleeper, one at a time, in
 * the order of their times and then of their calls: the same program sees the same times in every run.
 */
export function virtualClock(startMs = Date.UTC(2026, 0, 1)): VirtualClock {
  let nowMs = startMs;
  let held = 0;
  let order = 0;
  let jumpPlanned = false;
  /** In the order in which they wake. */
  const sleepers: Sleeper[] = [];

  /** Where a sleeper stands, or would stand, by binary search. */
  function placeOf(sleeper: Sleeper): number {
    let low = 0;
    let high = sleepers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = sleepers[middle];
      if (other && (other.until - sleeper.until || other.order - sleeper.order) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** setImmediate lets every settled promise run first. */
  function planJump(): void {
    if (jumpPlanned || held > 0 || sleepers.length === 0) return;
    jumpPlanned = true;
    setImmediate(() => {
      jumpPlanned = false;
      if (held > 0) return;
      const first = sleepers.shift();
      if (!first) return;
      nowMs = Math.max(nowMs, first.until);
      first.wake();
      planJump();
    });
  }

  function sleepUntil(until: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      const stop = () => {
        sleepers.splice(placeOf(sleeper), 1);
        planJump();
        reject(signal.reason);
      };
      const sleeper: Sleeper = {
        until,
        order: order++,
        wake: () => {
          signal.removeEventListener('abort', stop);
          resolve();
        },
      };
      signal.addEventListener('abort', stop, { once: true });
      sleepers.splice(placeOf(sleeper), 0, sleeper);
      planJump();
    });
  }

  return {
    now: () => nowMs,
    sleepUntil,
    async hold(work) {
      held++;
      try {
        return await work();
      } finally {
        held--;
        planJump();
      }
    },
    async sleepInTask(ms, signal) {
      held--;
      try {
        await sleepUntil(nowMs + ms, signal);
      } finally {
        held++;
      }
    },
  };
}
