import './environment.ts';
import { checkSeed } from './check-seed.ts';
import { countCalls } from './count-calls.ts';
import type { Plant } from './plants.ts';
import { simulateGlobals } from './simulated-globals.ts';
import type { Order, Told } from './worker.ts';
import { loadWorkflow } from './workflow.ts';

/** Histories one after the other, for a process has one time and one chance. */
export async function liveSeeds(
  { seeds, ...order }: Order,
  plant: Plant | null,
  tell: (told: Told) => void,
): Promise<void> {
  const workflow = await loadWorkflow(plant);
  simulateGlobals();
  const calls = await countCalls(workflow);
  for (let nth = 0; nth < seeds.count; nth += 1) {
    const seed = seeds.first + nth * seeds.step;
    const told: Told = { seed, executions: 0, struck: 0, story: null };
    told.story = await checkSeed(seed, calls, workflow, order, ({ world }) => {
      told.executions = world.store.lastSequence();
      told.struck = world.struck.size;
    });
    tell(told);
  }
}
