import { TidegateError } from '../errors.ts';
import type { StateTable } from '../ports.ts';
import {
  type RunRecord,
  runKey,
  runRecordSchema,
  type UploadRecord,
  uploadKey,
  uploadRecordSchema,
} from '../records.ts';
import { readRecord, type Versioned } from './read-record.ts';

/** @throws TidegateError InvalidInput when no such run was ever begun. */
export async function recordedRun(
  dataset: string,
  runId: string,
  table: StateTable,
): Promise<Versioned<RunRecord>> {
  const run = await readRecord(table, runKey(dataset, runId), runRecordSchema);
  if (!run) throw new TidegateError('InvalidInput', `There is no run ${runId} of "${dataset}".`);
  return run;
}

/** @throws TidegateError InvalidInput when no such upload was ever admitted. */
export async function recordedUpload(
  dataset: string,
  uploadId: string,
  table: StateTable,
): Promise<Versioned<UploadRecord>> {
  const upload = await readRecord(table, uploadKey(dataset, uploadId), uploadRecordSchema);
  if (!upload)
    throw new TidegateError('InvalidInput', `The upload ${uploadId} of "${dataset}" was never admitted.`);
  return upload;
}
