import type { Surroundings } from './surroundings.ts';

const QUICK_SECONDS = 0.005;

/** Real time, in which whatever takes minutes is done at once. */
export const quickSurroundings = (): Surroundings => ({
  now: () => Date.now(),
  between: () => QUICK_SECONDS,
  after(seconds, does, signal) {
    const timer = setTimeout(does, seconds * 1000).unref();
    signal?.addEventListener('abort', () => clearTimeout(timer));
  },
});
