import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { identityOf, isRunning, type ProcessIdentity, signalGroup } from './process-identity.ts';

export interface ProcessSpec {
  name: string;
  command: string;
  args: string[];
  /** The whole environment. */
  environment: Record<string, string>;
  folder: string;
  logFile: string;
}

/** Processes that go on when whoever started them has ended, each known by a file that holds its identity. */
export class BackgroundProcesses {
  readonly #folder: string;

  /** @param folder holds one file for each process. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Starts a process that leads a group of its own; its output goes to its log file, which is begun anew. */
  start({ name, command, args, environment, folder, logFile }: ProcessSpec): ProcessIdentity {
    mkdirSync(dirname(logFile), { recursive: true });
    mkdirSync(this.#folder, { recursive: true });
    const log = openSync(logFile, 'w');
    const child = spawn(command, args, {
      cwd: folder,
      env: environment,
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    // A command that cannot be started shows by its missing process; without a listener it would end this one.
    child.on('error', (error) => writeFileSync(logFile, `${command}: ${error.message}\n`, { flag: 'a' }));
    child.unref();
    const identity = identityOf(child.pid ?? -1) ?? { pid: child.pid ?? -1, startedAt: 'never' };
    writeFileSync(this.#file(name), JSON.stringify(identity));
    return identity;
  }

  /** The process of that name that runs; null when none does. */
  running(name: string): ProcessIdentity | null {
    try {
      const identity = JSON.parse(readFileSync(this.#file(name), 'utf8')) as ProcessIdentity;
      return isRunning(identity) ? identity : null;
    } catch {
      return null;
    }
  }

  /** Whether the process of that name ended without being asked to. */
  hasDied(name: string): boolean {
    return existsSync(this.#file(name)) && this.running(name) === null;
  }

  /** Asks the process to end, and ends it with all of its group if it does not within the grace. */
  async stop(name: string, graceMs = 5000): Promise<void> {
    const identity = this.running(name);
    if (identity) {
      signalGroup(identity, 'SIGTERM');
      const deadline = Date.now() + graceMs;
      while (isRunning(identity) && Date.now() < deadline) await wait(20);
      signalGroup(identity, 'SIGKILL');
    }
    rmSync(this.#file(name), { force: true });
  }

  #file(name: string): string {
    return join(this.#folder, `${name}.json`);
  }
}
