import type * as z from 'zod';
import { type Contract, contractSchema } from '../contract.ts';
import { type ErrorName, TidegateError } from '../errors.ts';
import { type Manifest, manifestSchema } from '../manifest.ts';
import type { ObjectStore } from '../ports.ts';
import { contractKey, manifestKey } from './folders.ts';
import { readStoredJson } from './stored-json.ts';

export interface RunFolders {
  objects: ObjectStore;
  /** The bucket that holds the runs' folders. */
  destinationBucket: string;
}

/**
 * The contract that a run began with.
 * @throws TidegateError ContractInvalid when it is gone, or none.
 */
export const readContract = (dataset: string, runId: string, folders: RunFolders): Promise<Contract> =>
  read(contractKey(dataset, runId), contractSchema, 'ContractInvalid', folders);

/**
 * The manifest of an attempt that has one.
 * @throws TidegateError OutputMismatch when it is gone, or none.
 */
export const readManifest = (
  { dataset, runId, attempt }: { dataset: string; runId: string; attempt: number },
  folders: RunFolders,
): Promise<Manifest> => read(manifestKey(dataset, runId, attempt), manifestSchema, 'OutputMismatch', folders);

async function read<S extends z.ZodType<NonNullable<unknown>>>(
  key: string,
  schema: S,
  errorName: ErrorName,
  { objects, destinationBucket: bucket }: RunFolders,
): Promise<z.output<S>> {
  const found = await readStoredJson(objects, { bucket, key }, schema, errorName);
  if (!found) throw new TidegateError(errorName, `s3://${bucket}/${key} is gone.`);
  return found;
}
