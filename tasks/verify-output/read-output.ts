import type { Contract } from '../core/contract.ts';
import { TidegateError } from '../core/errors.ts';
import { attemptFolder, exportFolder, manifestKey } from '../core/folders/folders.ts';
import { type RunFolders, readContract } from '../core/folders/run-folders.ts';
import { readStoredJson } from '../core/folders/stored-json.ts';
import { type Manifest, manifestSchema } from '../core/manifest.ts';
import { contradictions } from './contradictions.ts';

export interface Attempt {
  dataset: string;
  runId: string;
  attempt: number;
}

/** An error's cause has up to 32,768 characters, and a manifest may name thousands of parts. */
const MAX_TOLD = 10;

/**
 * What an attempt of the job left behind: a manifest that adds up, every part with its size; and the run's contract.
 * @throws TidegateError OutputMismatch with the contradictions found; ContractInvalid.
 */
export async function readOutput(
  { dataset, runId, attempt }: Attempt,
  world: RunFolders,
): Promise<{ manifest: Manifest; contract: Contract }> {
  const { objects, destinationBucket } = world;
  const folder = attemptFolder(dataset, runId, attempt);
  const manifestAt = { bucket: destinationBucket, key: manifestKey(dataset, runId, attempt) };
  const manifest = await readStoredJson(objects, manifestAt, manifestSchema, 'OutputMismatch');
  if (!manifest) {
    throw new TidegateError(
      'OutputMismatch',
      `The job succeeded but left no s3://${manifestAt.bucket}/${manifestAt.key}.`,
    );
  }
  const contract = await readContract(dataset, runId, world);
  const folders = [folder, ...(manifest.exports ? [exportFolder(dataset, runId)] : [])];
  const files = await Promise.all(folders.map((one) => objects.list(destinationBucket, `${one}/`)));
  const sizes = new Map(
    files.flat().map(({ key, sizeBytes }) => [`s3://${destinationBucket}/${key}`, sizeBytes]),
  );
  const found = contradictions(manifest, sizes);
  if (found.length > 0) {
    throw new TidegateError(
      'OutputMismatch',
      `The output in s3://${destinationBucket}/${folder} contradicts its manifest: ${found.slice(0, MAX_TOLD).join(' ')}${found.length > MAX_TOLD ? ` And ${found.length - MAX_TOLD} more.` : ''}`,
    );
  }
  return { manifest, contract };
}
