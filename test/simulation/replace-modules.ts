import { existsSync, readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Plant } from './plants.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const TASKS = pathToFileURL(path.join(ROOT, 'tasks')).href;
const ADAPTERS = `${TASKS}/adapters/`;
const OWN = path.join(import.meta.dirname, 'adapters');

/**
 * Makes the tasks, loaded from now on as they are, speak to the present world: each module of `tasks/adapters` that has
 * one of the same name beside this file is replaced by it, and timers by timers in the world's time. A planted bug
 * changes one line of the code that is loaded.
 */
export function replaceModules(plant: Plant | null): void {
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier === 'node:timers/promises' && context.parentURL?.startsWith(TASKS)) {
        return next(pathToFileURL(path.join(OWN, 'timers.ts')).href, context);
      }
      const found = next(specifier, context);
      if (!found.url.startsWith(ADAPTERS)) return found;
      const own = path.join(OWN, found.url.slice(ADAPTERS.length));
      return existsSync(own) ? { ...found, url: pathToFileURL(own).href } : found;
    },
    load(url, context, next) {
      const loaded = next(url, context);
      if (!plant || plant.file.endsWith('.json') || url !== pathToFileURL(path.join(ROOT, plant.file)).href) {
        return loaded;
      }
      return { ...loaded, source: planted(readFileSync(fileURLToPath(url), 'utf8'), plant) };
    },
  });
}

/** A file of the project, with the planted bug if it is in there. */
export function readPlanted(file: string, plant: Plant | null): string {
  const text = readFileSync(path.join(ROOT, file), 'utf8');
  return plant?.file === file ? planted(text, plant) : text;
}

function planted(text: string, { name, file, from, to }: Plant): string {
  const [before, after, ...more] = text.split(from);
  if (after === undefined || more.length > 0) {
    throw new Error(`The planted bug "${name}" has to find its text once in ${file}: plant it anew.`);
  }
  return `${before}${to}${after}`;
}
