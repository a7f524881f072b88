import { rmSync } from 'node:fs';
import { places } from './places.ts';

/** Removes the temporary files that Spark programs left behind; only while none runs. */
export function clearScratch(): void {
  // A program that was killed just now may still be on its way out.
  rmSync(places.scratch, { recursive: true, force: true, maxRetries: 10 });
}
