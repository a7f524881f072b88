import * as z from 'zod';
import { TidegateError } from '../core/errors.ts';
import { readStoredJson } from '../core/folders/stored-json.ts';
import type { PartStore } from '../core/google-ports.ts';
import type { BackOff, ObjectRef, ObjectStore } from '../core/ports.ts';
import { counted } from '../core/telling/counted.ts';
import { Checksum } from './checksum.ts';

export interface PartToCopy {
  source: ObjectRef;
  sizeBytes: number;
  /** Where a copier notes its upload session for those after it. */
  sessionAt: ObjectRef;
}

export interface CopyWorld {
  objects: ObjectStore;
  parts: PartStore;
  backOff: BackOff;
}

const KEEP_SESSION_FROM_BYTES = 256 * 1024 ** 2;
const MAX_ROUNDS = 5;

const sessionSchema = z.strictObject({ id: z.string() });

/**
 * Copies one object from S3 to Cloud Storage under the same key.
 * @param keepSessionFromBytes size from which on what has arrived is kept when its copier dies; a smaller part is sent
 *   again from its beginning.
 * @returns whether it had to be copied: what is there already with the same checksum is left as it is.
 * @throws TidegateError CopyMismatch when it did not arrive as it left; the copy is deleted.
 */
export async function copyPart(
  part: PartToCopy,
  world: CopyWorld,
  keepSessionFromBytes = KEEP_SESSION_FROM_BYTES,
): Promise<boolean> {
  const { source, sizeBytes } = part;
  const { objects, parts, backOff } = world;
  const keepsSession = sizeBytes >= keepSessionFromBytes;
  let known = keepsSession ? await knownSession(part, objects) : null;
  // Another round follows when another copier came first, a session has expired, or an upload broke off.
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const existing = await parts.head(source.key);
    if (existing) {
      if ((await checksumOf(part, objects)).fits(existing)) return false;
      await parts.delete(source.key);
    }
    const session = known ?? (await beginSession(part, keepsSession, world));
    known = null;
    if (!session) continue;
    const checksum = checksumFor(part);
    const content = () => open(source, objects, checksum);
    const received = await parts
      .send(source.key, session, content, sizeBytes)
      .catch(async (error: unknown) => {
        if (!brokeOff(error) || round === MAX_ROUNDS - 1) throw error;
        known = { id: session.id, isNew: false };
        await backOff(round);
        return 'broken off' as const;
      });
    if (received === null || received === 'expired' || received === 'broken off') continue;
    if (checksum.fits(received)) return true;
    await parts.delete(source.key);
    throw new TidegateError(
      'CopyMismatch',
      `s3://${source.bucket}/${source.key} left S3 with ${checksum} but arrived in Cloud Storage with CRC32C ${received.crc32c} and ${counted(received.sizeBytes, 'byte')}.`,
    );
  }
  throw new TidegateError(
    'ServiceUnavailable',
    `The copy of s3://${source.bucket}/${source.key} was started ${MAX_ROUNDS} times and never completed.`,
  );
}

const brokeOff = (error: unknown): boolean =>
  error instanceof TidegateError && error.name === 'ServiceUnavailable';

async function knownSession({ sessionAt }: PartToCopy, objects: ObjectStore) {
  const stored = await readStoredJson(objects, sessionAt, sessionSchema, 'OutputMismatch');
  return stored && { id: stored.id, isNew: false };
}

async function beginSession(
  { source, sessionAt }: PartToCopy,
  keepsSession: boolean,
  { objects, parts }: CopyWorld,
) {
  const id = await parts.begin(source.key);
  if (id === null) return null;
  if (keepsSession) await objects.write(sessionAt, JSON.stringify({ id }), 'application/json');
  return { id, isNew: true };
}

const checksumFor = ({ source: { bucket, key }, sizeBytes }: PartToCopy): Checksum =>
  new Checksum(`s3://${bucket}/${key}`, sizeBytes);

async function checksumOf(part: PartToCopy, objects: ObjectStore): Promise<Checksum> {
  const checksum = checksumFor(part);
  for await (const _ of await open(part.source, objects, checksum));
  return checksum;
}

/** The object's bytes, through the checksum. */
async function open(source: ObjectRef, objects: ObjectStore, checksum: Checksum): Promise<Checksum> {
  const stream = await objects.open(source);
  if (!stream) throw new TidegateError('OutputMismatch', `s3://${source.bucket}/${source.key} is gone.`);
  stream.once('error', (error) =>
    checksum.destroy(
      new TidegateError('ServiceUnavailable', `Amazon S3 broke off the read: ${error.message}`, {
        cause: error,
      }),
    ),
  );
  checksum.once('close', () => stream.destroy());
  return stream.pipe(checksum);
}
