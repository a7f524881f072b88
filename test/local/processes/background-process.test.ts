import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BackgroundProcesses } from '../../../local/processes/background-process.ts';

it('tells a process that was killed from one that runs, that was stopped, and that never was', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'processes-'));
  const name = 'server';
  try {
    const processes = new BackgroundProcesses(folder);
    const start = () =>
      processes.start({
        name,
        command: process.execPath,
        args: ['--eval', 'setInterval(() => {}, 1000)'],
        environment: {},
        folder,
        logFile: join(folder, 'log'),
      });
    expect(processes.hasDied(name)).toBe(false);
    const { pid } = start();
    expect(processes.hasDied(name)).toBe(false);
    process.kill(pid, 'SIGKILL');
    while (processes.running(name)) await new Promise(setImmediate);
    expect(processes.hasDied(name)).toBe(true);
    start();
    await processes.stop(name);
    expect(processes.hasDied(name)).toBe(false);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
