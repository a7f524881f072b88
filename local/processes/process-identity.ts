import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process that is told apart from a later one of the same number by when it was started. */
export interface ProcessIdentity {
  pid: number;
  /** As the operating system prints it; compared for equality only. */
  startedAt: string;
}

/** The identity of a process that runs; null when there is none of that number. */
export function identityOf(pid: number): ProcessIdentity | null {
  const startedAt = startOf(pid);
  return startedAt ? { pid, startedAt } : null;
}

export const isRunning = ({ pid, startedAt }: ProcessIdentity): boolean => startOf(pid) === startedAt;

/** Sends a signal to the process's group, which it must lead; nothing happens when it has ended. */
export function signalGroup({ pid }: ProcessIdentity, signal: NodeJS.Signals): void {
  // -1 and 0 would reach other groups than its own.
  if (pid <= 1) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function startOf(pid: number): string | null {
  if (process.platform === 'linux') return startInProc(pid);
  try {
    const printed = execFileSync('ps', ['-o', 'lstart=,stat=', '-p', String(pid)], {
      encoding: 'utf8',
    }).trim();
    return printed === '' || printed.endsWith('Z') ? null : printed.replace(/\s+\S+$/, '');
  } catch {
    return null;
  }
}

/** Clock ticks between boot and the process's start: field 22 of /proc/<pid>/stat; a zombie has ended. */
function startInProc(pid: number): string | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return fields[0] === 'Z' ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}
