import type { Clock } from './clock.ts';

/** setTimeout counts in 32 bits; longer sleeps are taken in parts. */
const longestTimerMs = 2_147_000_000;

/** The machine's own time. */
export function realClock(): Clock {
  return {
    now: () => Date.now(),
    hold: (work) => work(),
    sleepUntil: (until, signal) =>
      new Promise((resolve, reject) => {
        let timer: NodeJS.Timeout;
        const stop = () => {
          clearTimeout(timer);
          reject(signal.reason);
        };
        const wait = () => {
          const leftMs = until - Date.now();
          if (leftMs > 0) {
            timer = setTimeout(wait, Math.min(leftMs, longestTimerMs));
            return;
          }
          signal.removeEventListener('abort', stop);
          resolve();
        };
        if (signal.aborted) {
          reject(signal.reason);
          return;
        }
        signal.addEventListener('abort', stop, { once: true });
        wait();
      }),
  };
}
