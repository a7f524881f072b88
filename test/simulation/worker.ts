import type { Story } from './check-seed.ts';
import { findPlant } from './plants.ts';
import { replaceModules } from './replace-modules.ts';

/** What a worker is told to do. */
export interface Order {
  seeds: { first: number; step: number; count: number };
  plant: string | null;
  /** Whether a history that breaks a promise is made smaller. */
  shrinks: boolean;
  /** Whether the story of a history that keeps every promise is told too. */
  tells: boolean;
}

/** What it tells of each seed. */
export interface Told {
  seed: number;
  executions: number;
  struck: number;
  story: Story | null;
}

/** One process. The modules are replaced before any of them is loaded. */
process.once('message', async (order: Order) => {
  const plant = order.plant === null ? null : findPlant(order.plant);
  replaceModules(plant);
  const { liveSeeds } = await import('./live-seeds.ts');
  await liveSeeds(order, plant, (told) => process.send?.(told));
  process.disconnect();
});
