import { setTimeout as wait } from 'node:timers/promises';
import type { FunctionPool } from '../functions/function-pool.ts';

/** Calls the clean-up's function on a schedule, as the deployment does; `stop` ends it. */
export function startSweeps(cleanUp: FunctionPool, everyMs: number): { stop(): void } {
  const stopping = new AbortController();
  const sweepOnAndOn = async (): Promise<void> => {
    for (;;) {
      await wait(everyMs, undefined, { signal: stopping.signal });
      const { payload, functionError } = await cleanUp.invoke(JSON.stringify({ sweep: true }));
      if (functionError) console.error(`A sweep failed: ${payload}`);
    }
  };
  sweepOnAndOn().catch((error) => {
    if (!stopping.signal.aborted) console.error(`Sweeps have stopped: ${String(error)}`);
  });
  return { stop: () => stopping.abort() };
}
