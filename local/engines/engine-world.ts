import type { Journal } from './journal.ts';
import type { RunningProgram, SparkLauncher } from './spark/program.ts';

/** What an engine needs of the world. */
export interface EngineWorld<State> {
  launcher: SparkLauncher;
  journal: Journal<State>;
  /** Milliseconds since the epoch. */
  now(): number;
  /** A new id with that prefix, in the form AWS gives them. */
  newId(prefix: 'j-' | 's-' | 'jr_'): string;
  /** Where a program of that owner works and writes its output. */
  folderOf(...owner: string[]): string;
  /** Copies a program's output, compressed, to a folder `s3://.../`. Never rejects: logs are best effort. */
  keepLogs(program: RunningProgram, folder: string): Promise<void>;
}
