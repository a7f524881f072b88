import type { RunFolders } from '../core/folders/run-folders.ts';
import type { StateTable } from '../core/ports.ts';

export interface VerifyOutputWorld extends RunFolders {
  table: StateTable;
}
