import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Where an engine keeps what it must still know after its process was started anew. */
export interface Journal<T> {
  /** What was saved last; null when nothing was. */
  load(): T | null;
  save(value: T): void;
}

/** A journal in one JSON file, replaced as a whole so that a reader never sees half of it. */
export function fileJournal<T>(file: string): Journal<T> {
  mkdirSync(dirname(file), { recursive: true });
  return {
    load() {
      try {
        return JSON.parse(readFileSync(file, 'utf8')) as T;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
        throw error;
      }
    },
    save(value) {
      writeFileSync(`${file}.new`, JSON.stringify(value));
      renameSync(`${file}.new`, file);
    },
  };
}

/** A journal for tests and for engines that need not outlive their process. */
export function memoryJournal<T>(): Journal<T> {
  let saved: string | null = null;
  return {
    load: () => (saved === null ? null : (JSON.parse(saved) as T)),
    save: (value) => {
      saved = JSON.stringify(value);
    },
  };
}
