import type { ObjectStore, StateTable } from '../core/ports.ts';

export interface VerifyOutputWorld {
  objects: ObjectStore;
  table: StateTable;
  destinationBucket: string;
}
