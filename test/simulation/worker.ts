import './environment.ts';
import { type Counterexample, checkSeed } from './check-seed.ts';
import { countCalls } from './count-calls.ts';
import { findPlant } from './plants.ts';
import { simulateGlobals } from './simulated-globals.ts';
import { loadWorkflow } from './workflow.ts';

/** What a worker is told to do. */
export interface Order {
  seeds: { first: number; step: number; count: number };
  plant: string | null;
  /** Whether a history that breaks a promise is made smaller. */
  shrinks: boolean;
}

/** What it tells of each seed. */
export interface Told {
  seed: number;
  executions: number;
  struck: number;
  counterexample: Counterexample | null;
}

/** One process: histories one after the other, for a process has one time and one chance. */
process.once('message', async ({ seeds, plant, shrinks }: Order) => {
  const workflow = await loadWorkflow(plant === null ? null : findPlant(plant));
  simulateGlobals();
  const calls = await countCalls(workflow);
  for (let nth = 0; nth < seeds.count; nth += 1) {
    const seed = seeds.first + nth * seeds.step;
    const told: Told = { seed, executions: 0, struck: 0, counterexample: null };
    told.counterexample = await checkSeed(seed, calls, workflow, shrinks, ({ world }) => {
      told.executions = world.store.lastSequence();
      told.struck = world.struck.size;
    });
    process.send?.(told);
  }
  process.disconnect();
});
