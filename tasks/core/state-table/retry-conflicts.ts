import { TidegateError } from '../errors.ts';
import { type BackOff, WriteConflict } from '../ports.ts';

const MAX_CONFLICTS = 20;

/**
 * Does what reads, decides and writes, again from the reading on when another writer came first.
 * @param what names the thing that changed, for the message, e.g. `the gate of "flights"`.
 * @throws TidegateError ServiceUnavailable when it changed 20 times.
 */
export async function retryConflicts<T>(what: string, backOff: BackOff, act: () => Promise<T>): Promise<T> {
  for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts += 1) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof WriteConflict)) throw error;
      await backOff(conflicts);
    }
  }
  throw new TidegateError(
    'ServiceUnavailable',
    `Others changed ${what} during each of ${MAX_CONFLICTS} tries; try again later.`,
  );
}
