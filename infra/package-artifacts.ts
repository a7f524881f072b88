import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bundleFunctions } from '../tasks/bundling.ts';

const root = join(import.meta.dirname, '..');

/**
 * Makes the folder that a deployment takes its files from: functions bundled, the Spark job packed, contracts compiled.
 * @param folder is emptied first.
 * @param datasetsFolder holds one folder for each dataset.
 * @returns the folder.
 * @throws Error with the command's own output when one fails.
 */
export async function packageArtifacts(
  folder: string,
  datasetsFolder = join(root, 'datasets'),
): Promise<string> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  run(python(), [join(root, 'spark/package.py'), join(folder, 'spark')]);
  run(process.execPath, [
    join(root, 'cli/tidegate.ts'),
    'compile',
    datasetsFolder,
    '--out',
    join(folder, 'datasets'),
  ]);
  await bundleFunctions(join(folder, 'functions'));
  return folder;
}

/** Packing needs the standard library only. */
function python(): string {
  const own = join(root, '.venv/bin/python');
  return existsSync(own) ? own : 'python3';
}

function run(command: string, args: readonly string[]): void {
  execFileSync(command, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
}
