import { Transform, type TransformCallback } from 'node:stream';
import { crc32c } from '../core/crc32c.ts';
import { TidegateError } from '../core/errors.ts';
import { manifestKey } from '../core/folders.ts';
import type { PartStore } from '../core/google-ports.ts';
import { type Manifest, manifestSchema } from '../core/manifest.ts';
import type { ObjectRef, ObjectStore } from '../core/ports.ts';
import { readStoredJson } from '../core/stored-json.ts';

export interface CopyPartsInput {
  dataset: string;
  runId: string;
  attempt: number;
  /** Range of the manifest's change-set parts, both ends included, counted from 0. */
  firstPart: number;
  lastPart: number;
}

export interface CopyPartsWorld {
  objects: ObjectStore;
  parts: PartStore;
  destinationBucket: string;
}

const PARALLEL_COPIES = 4;

type Part = Manifest['changes']['parts'][number];

/**
 * Copies parts from S3 to Cloud Storage under the same key. What is there already with the same checksum is skipped.
 * @throws TidegateError CopyMismatch when a part did not arrive as it left; the copy is deleted.
 */
export async function copyParts(input: CopyPartsInput, world: CopyPartsWorld) {
  const { dataset, runId, attempt, firstPart, lastPart } = input;
  const manifestAt = { bucket: world.destinationBucket, key: manifestKey(dataset, runId, attempt) };
  const manifest = await readStoredJson(world.objects, manifestAt, manifestSchema, 'OutputMismatch');
  if (!manifest)
    throw new TidegateError('OutputMismatch', `s3://${manifestAt.bucket}/${manifestAt.key} is gone.`);

  const waiting = manifest.changes.parts.slice(firstPart, lastPart + 1);
  const done = { copied: 0, skipped: 0, bytes: 0 };
  const copyNext = async (): Promise<void> => {
    for (let part = waiting.shift(); part; part = waiting.shift()) {
      const copied = await copyPart(part, world);
      done[copied ? 'copied' : 'skipped'] += 1;
      done.bytes += part.bytes;
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_COPIES }, copyNext));
  return done;
}

/** Whether the part had to be copied. */
async function copyPart(part: Part, { objects, parts }: CopyPartsWorld): Promise<boolean> {
  const source = sourceOf(part);
  const existing = await parts.head(source.key);
  if (existing) {
    const checksum = await checksumOf(source, objects);
    if (existing.crc32c === checksum.base64() && existing.sizeBytes === checksum.sizeBytes) return false;
    await parts.delete(source.key);
  }
  const checksum = new Checksum();
  const stream = await open(source, objects);
  stream.once('error', (error) => checksum.destroy(error));
  const received = await parts.create(source.key, stream.pipe(checksum));
  // Another copier of the same part came first: what it left is looked at like any other.
  if (received === null) return copyPart(part, { objects, parts, destinationBucket: source.bucket });
  if (received.crc32c === checksum.base64() && received.sizeBytes === part.bytes) return true;
  await parts.delete(source.key);
  throw new TidegateError(
    'CopyMismatch',
    `${part.path} left S3 with CRC32C ${checksum.base64()} and ${part.bytes} bytes and arrived in Cloud Storage with ${received.crc32c} and ${received.sizeBytes}.`,
  );
}

function sourceOf({ path }: Part): ObjectRef {
  const [bucket = '', ...key] = path.slice('s3://'.length).split('/');
  return { bucket, key: key.join('/') };
}

async function open(source: ObjectRef, objects: ObjectStore) {
  const stream = await objects.open(source);
  if (!stream) throw new TidegateError('OutputMismatch', `s3://${source.bucket}/${source.key} is gone.`);
  return stream;
}

async function checksumOf(source: ObjectRef, objects: ObjectStore): Promise<Checksum> {
  const checksum = new Checksum();
  const stream = await open(source, objects);
  for await (const _ of stream.pipe(checksum));
  return checksum;
}

/** Passes bytes through and computes their CRC32C on the way. */
class Checksum extends Transform {
  #value = 0;
  sizeBytes = 0;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#value = crc32c(chunk, this.#value);
    this.sizeBytes += chunk.length;
    done(null, chunk);
  }

  /** As Cloud Storage writes it: base64 of the big-endian value. */
  base64(): string {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(this.#value);
    return bytes.toString('base64');
  }
}
