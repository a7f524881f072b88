import { compressionOf } from './compression-of.ts';

const suffixOf = (compression: 'none' | 'gzip'): string => (compression === 'gzip' ? '.gz' : '');

/** Keys in the destination bucket. `bucket` and `folder` together: `s3://<bucket>/<folder>/...`. */
export const runFolder = (dataset: string, runId: string): string => `runs/${dataset}/${runId}`;
export const contractKey = (dataset: string, runId: string): string =>
  `${runFolder(dataset, runId)}/contract.json`;
export const batchKey = (dataset: string, runId: string): string => `${runFolder(dataset, runId)}/batch.json`;
export const inputKey = (
  dataset: string,
  runId: string,
  uploadId: string,
  compression: 'none' | 'gzip',
): string => `${runFolder(dataset, runId)}/input/${uploadId}.csv${suffixOf(compression)}`;
/** A file of mended rows of an upload, which counts from a generation of it on. */
export const mendedInputKey = (
  dataset: string,
  runId: string,
  uploadId: string,
  { key, generation }: { key: string; generation: number },
): string =>
  `${runFolder(dataset, runId)}/input/${uploadId}.mended-${generation}.csv${suffixOf(compressionOf(key))}`;
export const attemptFolder = (dataset: string, runId: string, attempt: number): string =>
  `${runFolder(dataset, runId)}/attempts/${attempt}`;
/** Where an attempt writes its change set, all of it before it merges. */
export const changesFolder = (dataset: string, runId: string, attempt: number): string =>
  `${attemptFolder(dataset, runId, attempt)}/changes`;
export const manifestKey = (dataset: string, runId: string, attempt: number): string =>
  `${attemptFolder(dataset, runId, attempt)}/manifest.json`;
export const errorKey = (dataset: string, runId: string, attempt: number): string =>
  `${attemptFolder(dataset, runId, attempt)}/error.json`;
/** The session of a large part's upload to Cloud Storage; the part counted from 0. */
export const uploadSessionKey = (dataset: string, runId: string, attempt: number, part: number): string =>
  `${attemptFolder(dataset, runId, attempt)}/uploads/${part}.json`;
/** Where a run leaves CSV if the contract exports it; kept when the run's own folder expires. */
export const exportFolder = (dataset: string, runId: string): string => `exports/${dataset}/${runId}`;

/** In the artifacts bucket: the compiled contract of a dataset. */
export const deployedContractKey = (dataset: string): string => `datasets/${dataset}/contract.json`;
