import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineWorld } from '../../../local/engines/engine-world.ts';
import { type Journal, memoryJournal } from '../../../local/engines/journal.ts';
import type { RunningProgram, SparkLauncher } from '../../../local/engines/spark/program.ts';
import type { ProcessIdentity } from '../../../local/processes/process-identity.ts';

/** A program that ends when the test says so. */
export interface FakeProgram extends RunningProgram {
  args: readonly string[];
  stopped: boolean;
  end(exitCode: number, output?: string): Promise<void>;
}

class FakeLauncher implements SparkLauncher {
  readonly programs: FakeProgram[] = [];
  readonly leftovers: ProcessIdentity[] = [];

  start(args: readonly string[]): RunningProgram {
    const folder = mkdtempSync(join(tmpdir(), 'program-'));
    const stderrFile = join(folder, 'stderr');
    const stdoutFile = join(folder, 'stdout');
    for (const file of [stdoutFile, stderrFile]) writeFileSync(file, '');
    const { promise: ended, resolve } = Promise.withResolvers<number | null>();
    const program: FakeProgram = {
      id: { pid: 100 + this.programs.length, startedAt: 'then' },
      stdoutFile,
      stderrFile,
      ended,
      args,
      stopped: false,
      stop() {
        program.stopped = true;
        resolve(null);
      },
      async end(exitCode, output = '') {
        writeFileSync(stdoutFile, output);
        resolve(exitCode);
        await settled();
      },
    };
    this.programs.push(program);
    return program;
  }

  stopLeftover(program: ProcessIdentity): void {
    this.leftovers.push(program);
  }
}

export interface FakeWorld<State> extends EngineWorld<State> {
  launcher: FakeLauncher;
  /** Folders that logs were copied to. */
  logFolders: string[];
}

export function fakeWorld<State>(journal: Journal<State> = memoryJournal()): FakeWorld<State> {
  let ids = 0;
  const logFolders: string[] = [];
  return {
    launcher: new FakeLauncher(),
    journal,
    logFolders,
    now: () => Date.now(),
    newId: (prefix) => `${prefix}${++ids}`,
    folderOf: (...owner) => join('/nowhere', ...owner),
    keepLogs: async (_, folder) => {
      logFolders.push(folder);
    },
  };
}

/** Lets what was promised happen. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

/** Moves jest's fake time on, and lets what was promised happen. */
export async function pass(milliseconds: number): Promise<void> {
  await jest.advanceTimersByTimeAsync(milliseconds);
  await settled();
}
