import { TidegateError } from '../core/errors.ts';
import { manifestKey, uploadSessionKey } from '../core/folders.ts';
import { manifestSchema } from '../core/manifest.ts';
import { readStoredJson } from '../core/stored-json.ts';
import { type CopyWorld, copyPart, type PartToCopy } from './copy-part.ts';

export interface CopyPartsInput {
  dataset: string;
  runId: string;
  attempt: number;
  /** Range of the manifest's change-set parts, both ends included, counted from 0. */
  firstPart: number;
  lastPart: number;
}

export interface CopyPartsWorld extends CopyWorld {
  destinationBucket: string;
}

const PARALLEL_COPIES = 4;

/**
 * Copies parts of an attempt's change set from S3 to Cloud Storage.
 * @throws TidegateError as `copyPart` does.
 */
export async function copyParts(input: CopyPartsInput, world: CopyPartsWorld) {
  const { dataset, runId, attempt, firstPart, lastPart } = input;
  const manifestAt = { bucket: world.destinationBucket, key: manifestKey(dataset, runId, attempt) };
  const manifest = await readStoredJson(world.objects, manifestAt, manifestSchema, 'OutputMismatch');
  if (!manifest)
    throw new TidegateError('OutputMismatch', `s3://${manifestAt.bucket}/${manifestAt.key} is gone.`);

  const waiting = manifest.changes.parts.slice(firstPart, lastPart + 1).map(
    ({ path, bytes }, index): PartToCopy => ({
      source: refOf(path),
      sizeBytes: bytes,
      sessionAt: {
        bucket: world.destinationBucket,
        key: uploadSessionKey(dataset, runId, attempt, firstPart + index),
      },
    }),
  );
  const done = { copied: 0, skipped: 0, bytes: 0 };
  const copyNext = async (): Promise<void> => {
    for (let part = waiting.shift(); part; part = waiting.shift()) {
      const copied = await copyPart(part, world);
      done[copied ? 'copied' : 'skipped'] += 1;
      done.bytes += part.sizeBytes;
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_COPIES }, copyNext));
  return done;
}

function refOf(path: string) {
  const [bucket = '', ...key] = path.slice('s3://'.length).split('/');
  return { bucket, key: key.join('/') };
}
