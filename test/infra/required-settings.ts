import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const tasks = join(import.meta.dirname, '../../tasks');

/** Every setting that the tasks cannot do without: what they ask of `environment()`. */
export function requiredSettings(): string[] {
  const sources = readdirSync(tasks, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  const names = sources.flatMap((file) =>
    [...readFileSync(join(tasks, file), 'utf8').matchAll(/\benvironment\('(\w+)'\)/g)].map(
      ([, name = '']) => name,
    ),
  );
  return [...new Set(names)];
}
