import { setTimeout as pause } from 'node:timers/promises';
import type { Upload } from '../core/batch.ts';
import { contractSchema } from '../core/contract.ts';
import { TidegateError } from '../core/errors.ts';
import type { Execution } from '../core/execution.ts';
import { finishedAttempt as newestFinished } from '../core/finished-attempt.ts';
import { contractKey } from '../core/folders.ts';
import { type ObjectStore, type StateTable, WriteConflict } from '../core/ports.ts';
import { datasetOf, type Request, requestOf } from '../core/request.ts';
import { runIdOf } from '../core/run-id.ts';
import { readStoredJson } from '../core/stored-json.ts';
import { orderStampOf, uploadIdOf } from '../core/upload-id.ts';
import { type Admission, type Asking, decide } from './decide.ts';
import { readSituation } from './read-situation.ts';

export interface AdmitUploadWorld {
  objects: ObjectStore;
  table: StateTable;
  sourceBucket: string;
  artifactsBucket: string;
  destinationBucket: string;
}

type Answer =
  | { outcome: 'Run'; dataset: string; runId: string; uploadIds: string[]; finishedAttempt: number }
  | Exclude<Admission, { outcome: 'Run' }>
  | { outcome: 'Ignored'; reason: string };

const DATASET_NAME = /^[a-z][a-z0-9_-]{0,62}$/;
const MAX_CONFLICTS = 20;

/** Admits what an execution was started for: see `decide` for the outcomes. */
export async function admitUpload(
  input: unknown,
  execution: Execution,
  world: AdmitUploadWorld,
): Promise<Answer> {
  const request = requestOf(input);
  const dataset = datasetOf(request);
  const contract = await readContract(dataset, world);
  if (!contract) return ignored(`No dataset "${dataset}": its contract is not among the deployed ones.`);
  const upload = await uploadOf(request, world);
  if (upload && 'outcome' in upload) return upload;

  const startedAt = new Date(execution.startTime);
  const admission = await admit(
    {
      dataset,
      runId: runIdOf(execution.arn, startedAt),
      executionArn: execution.arn,
      startedAt: startedAt.toISOString(),
      upload,
      replay: request.kind === 'manual',
    },
    world.table,
  );
  if (admission.outcome !== 'Run') return admission;
  const { runId, uploadIds } = admission;
  await pinContract(dataset, runId, contract, world);
  const finishedAttempt = await newestFinished(dataset, admission, world);
  return { outcome: 'Run', dataset, runId, uploadIds, finishedAttempt };
}

const ignored = (reason: string): Answer => ({ outcome: 'Ignored', reason });

async function readContract(dataset: string, { objects, artifactsBucket }: AdmitUploadWorld) {
  if (!DATASET_NAME.test(dataset)) return null;
  const ref = { bucket: artifactsBucket, key: `datasets/${dataset}/contract.json` };
  return readStoredJson(objects, ref, contractSchema, 'ContractInvalid');
}

async function uploadOf(request: Request, world: AdmitUploadWorld): Promise<Upload | Answer | null> {
  if (request.kind === 'waiting') return null;
  const { bucket, key } = request;
  if (bucket !== world.sourceBucket) {
    return ignored(`Bucket "${bucket}" is not the source bucket "${world.sourceBucket}".`);
  }
  if (key.endsWith('/')) return ignored(`"${key}" is a folder marker.`);
  const found = request.kind === 'event' ? request : await findVersion(request, world);
  if (found.sizeBytes === 0) return ignored(`"${key}" is empty.`);
  return {
    uploadId: uploadIdOf(bucket, key, found.versionId),
    bucket,
    key,
    versionId: found.versionId,
    uploadedAt: found.uploadedAt.toISOString(),
    orderStamp: orderStampOf(found.uploadedAt, found.sequencer),
    sizeBytes: found.sizeBytes,
    compression: /\.gz$/i.test(key) ? 'gzip' : 'none',
  };
}

async function findVersion(
  { bucket, key, versionId }: Extract<Request, { kind: 'manual' }>,
  { objects }: AdmitUploadWorld,
): Promise<{ versionId: string; uploadedAt: Date; sequencer: null; sizeBytes: number }> {
  const head = await objects.head({ bucket, key, versionId });
  const uri = `s3://${bucket}/${key}${versionId ? ` version ${versionId}` : ''}`;
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

async function admit(asking: Asking, table: StateTable): Promise<Admission> {
  for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts += 1) {
    const { changes, admission } = decide(asking, await readSituation(asking, table));
    if (changes.length === 0) return admission;
    try {
      await table.write(changes);
      return admission;
    } catch (error) {
      if (!(error instanceof WriteConflict)) throw error;
      await pause(Math.random() * 20 * 2 ** Math.min(conflicts, 5));
    }
  }
  throw new TidegateError(
    'ServiceUnavailable',
    `The gate of "${asking.dataset}" changed ${MAX_CONFLICTS} times while it was asked for; ask again later.`,
  );
}

/** A run keeps the contract that it began with. */
async function pinContract(
  dataset: string,
  runId: string,
  contract: unknown,
  world: AdmitUploadWorld,
): Promise<void> {
  const pinned = { bucket: world.destinationBucket, key: contractKey(dataset, runId) };
  if (await world.objects.head(pinned)) return;
  await world.objects.write(pinned, JSON.stringify(contract), 'application/json');
}
