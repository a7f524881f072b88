import { replaceModules } from '../replace-modules.ts';

/** One process. The modules are replaced before any of them is loaded. */
process.once('message', async (names: string[]) => {
  replaceModules(null);
  const { liveFailures } = await import('./live-failures.ts');
  await liveFailures(names, (cell) => process.send?.(cell));
  process.disconnect();
});
