import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const tasks = join(import.meta.dirname, '../../tasks');

/** Every `TIDEGATE_` setting that the tasks read, but for the endpoints that only one machine has. */
export function readEnvironmentNames(): string[] {
  const sources = readdirSync(tasks, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  const names = sources.flatMap((file) =>
    [...readFileSync(join(tasks, file), 'utf8').matchAll(/\bTIDEGATE_[A-Z_]+\b/g)].map(([name]) => name),
  );
  return [...new Set(names)].filter((name) => !name.endsWith('_ENDPOINT'));
}
