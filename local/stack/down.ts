import { fileJournal } from '../engines/journal.ts';
import { BackgroundProcesses } from '../processes/background-process.ts';
import type { ProcessIdentity } from '../processes/process-identity.ts';
import { isRunning, signalGroup } from '../processes/process-identity.ts';
import { places } from './places.ts';
import { clearScratch } from './scratch.ts';
import { serverNames } from './stack.ts';

/**
 * Stops every process that this checkout's stack started, Spark programs too, and no other. The programs' temporary files
 * go with them.
 */
export async function down(): Promise<void> {
  const processes = new BackgroundProcesses(places.processes);
  await Promise.all([...serverNames].map((name) => processes.stop(name)));
  // Programs that a killed engine left behind.
  for (const file of [places.emrJournal, places.glueJournal])
    for (const program of programsIn(fileJournal<unknown>(file).load()))
      if (isRunning(program)) signalGroup(program, 'SIGKILL');
  clearScratch();
}

function programsIn(value: unknown): ProcessIdentity[] {
  if (typeof value !== 'object' || value === null) return [];
  const { process: program } = value as { process?: ProcessIdentity | null };
  return [...(program ? [program] : []), ...Object.values(value).flatMap(programsIn)];
}
