import type { Upload } from '../core/batch.ts';
import { TidegateError } from '../core/errors.ts';
import { compressionOf } from '../core/folders/compression-of.ts';
import { isMeantToMend, MENDED_KEY_FORM, mendedUpload } from '../core/folders/mended-key.ts';
import { type ObjectStore, ObjectUnreadable, type StateTable } from '../core/ports.ts';
import { uploadKey, uploadRecordSchema } from '../core/records.ts';
import { datasetOfKey, type Request } from '../core/request.ts';
import { findRun } from '../core/state-table/find-run.ts';
import { readRecord } from '../core/state-table/read-record.ts';
import { printable } from '../core/telling/printable.ts';
import { orderStampOf, uploadIdOf } from '../core/upload-id.ts';
import type { Asked } from './queue-upload.ts';

export interface RequestedUploadsWorld {
  objects: ObjectStore;
  table: StateTable;
  sourceBucket: string;
}

/** What an execution is about: uploads of a dataset, none for whatever waits; or why it is about nothing. */
export type Requested = { dataset: string; uploads: Upload[]; mend: Asked['mend'] } | { ignored: string };

/** An item of the state table holds them beside the upload. */
const MAX_MENDS = 100;

/**
 * Finds the uploads that a request means.
 * @throws TidegateError InvalidInput when a person asked for a file or run that is not there, or to mend what is not.
 */
export async function requestedUploads(request: Request, world: RequestedUploadsWorld): Promise<Requested> {
  if (request.kind === 'waiting') return { dataset: request.dataset, uploads: [], mend: null };
  if (request.kind === 'run') return uploadsOfRun(request.runId, world);
  const { bucket, key } = request;
  if (bucket !== world.sourceBucket)
    return { ignored: `Bucket "${bucket}" is not the source bucket "${world.sourceBucket}".` };
  if (key.endsWith('/')) return { ignored: `"${printable(key)}" is a folder marker.` };
  const found = request.kind === 'event' ? request : await findVersion(request, world);
  if (isMeantToMend(key)) return uploadMended({ key, versionId: found.versionId }, found.sizeBytes, world);
  if (found.sizeBytes === 0) return { ignored: `"${printable(key)}" is empty.` };
  const upload: Upload = {
    uploadId: uploadIdOf(bucket, key, found.versionId),
    bucket,
    key,
    versionId: found.versionId,
    uploadedAt: found.uploadedAt.toISOString(),
    orderStamp: orderStampOf(found.uploadedAt, found.sequencer),
    sizeBytes: found.sizeBytes,
    compression: compressionOf(key),
  };
  return { dataset: datasetOfKey(key), uploads: [upload], mend: null };
}

async function uploadMended(
  mend: { key: string; versionId: string },
  sizeBytes: number,
  { table }: RequestedUploadsWorld,
): Promise<Requested> {
  const mended = mendedUpload(mend.key);
  if (!mended) throw noMend(mend.key, "UPLOAD must be the upload's id, 32 characters");
  const { dataset, uploadId } = mended;
  const record = await readRecord(table, uploadKey(dataset, uploadId), uploadRecordSchema);
  if (!record) throw noMend(mend.key, `"${dataset}" has no upload ${uploadId}`);
  if (sizeBytes === 0)
    throw noMend(mend.key, 'the file is empty; to take rows back, send one with only the header');
  const { upload, mends = [] } = record.value;
  const isNew = !mends.some(({ key, versionId }) => key === mend.key && versionId === mend.versionId);
  if (isNew && mends.length >= MAX_MENDS)
    throw noMend(mend.key, `${MAX_MENDS} files mend the upload already, the most that can`);
  return { dataset, uploads: [upload], mend };
}

const noMend = (key: string, problem: string): TidegateError =>
  new TidegateError(
    'InvalidInput',
    `key: "${printable(key)}" mends nothing. Expected ${MENDED_KEY_FORM} of an upload that arrived: ${problem}. \`tidegate quarantine DATASET\` lists uploads.`,
  );

async function findVersion(
  { bucket, key, versionId }: Extract<Request, { kind: 'manual' }>,
  { objects }: RequestedUploadsWorld,
): Promise<{ versionId: string; uploadedAt: Date; sequencer: null; sizeBytes: number }> {
  const uri = `s3://${bucket}/${printable(key)}${versionId ? ` version ${versionId}` : ''}`;
  const head = await objects.head({ bucket, key, versionId }).catch((error) => {
    if (!(error instanceof ObjectUnreadable)) throw error;
    // S3 gives the same answer for a version whose form is wrong.
    const problem = `key: ${uri} ${error.message}. Check the version; if it is right, upload the file again.`;
    throw new TidegateError('InvalidInput', problem, { cause: error });
  });
  if (!head)
    throw new TidegateError('InvalidInput', `key: there is no ${uri}. Check bucket, key and version.`);
  if (!head.versionId)
    throw new TidegateError('InvalidInput', `bucket: ${uri} has no version; turn versioning on.`);
  return {
    versionId: head.versionId,
    uploadedAt: head.lastModified,
    sequencer: null,
    sizeBytes: head.sizeBytes,
  };
}

async function uploadsOfRun(runId: string, { table }: RequestedUploadsWorld): Promise<Requested> {
  const run = await findRun(runId, table);
  if (!run)
    throw new TidegateError(
      'InvalidInput',
      `runId: there is no run ${runId}. \`tidegate runs DATASET\` lists them.`,
    );
  const { dataset } = run.value;
  const records = await Promise.all(
    run.value.uploads.map(({ uploadId }) =>
      readRecord(table, uploadKey(dataset, uploadId), uploadRecordSchema),
    ),
  );
  return { dataset, uploads: records.flatMap((record) => (record ? [record.value.upload] : [])), mend: null };
}
