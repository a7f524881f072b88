import { setTimeout as pause } from 'node:timers/promises';

const MOST_LOOKS = 2000;

/** Resolves once something holds that is on its way. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    if (await holds()) return;
    await pause(5);
  }
  throw new Error('what was waited for never came');
}
