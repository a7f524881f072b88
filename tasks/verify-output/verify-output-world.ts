import type { StateTable } from '../core/ports.ts';
import type { RunFolders } from '../core/run-folders.ts';

export interface VerifyOutputWorld extends RunFolders {
  table: StateTable;
}
