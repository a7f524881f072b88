import { presentWorld } from './ports.ts';

/** As that of `node:timers/promises`, in the time of the present world. */
export function setTimeout(milliseconds: number): Promise<void> {
  return presentWorld().sleep(milliseconds / 1000);
}
