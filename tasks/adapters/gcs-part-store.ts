import type { Readable } from 'node:stream';
import { type Bucket, IdempotencyStrategy, Storage } from '@google-cloud/storage';
import * as z from 'zod';
import { TidegateError } from '../core/errors.ts';
import type { PartHead, PartStore } from '../core/google-ports.ts';
import { environment } from './environment.ts';
import { answerWithin, googleAuthClient } from './google-client.ts';
import { googleFailure, statusOf } from './google-failure.ts';
import { resumableUpload, type UploadAnswer } from './resumable-upload.ts';

const CALL_TIMEOUT_MS = 30_000;
const CONTENT_TYPE = 'application/vnd.apache.parquet';
const NOT_THERE = { ifGenerationMatch: 0 };
/** How Cloud Storage answers an upload that is to go on. */
const INCOMPLETE = 308;
/** How Cloud Storage answers an upload that is complete. */
const CREATED = new Set([200, 201]);
/** How Cloud Storage answers for a session that it no longer knows. */
const EXPIRED = new Set([404, 410]);
const refusalSchema = z.object({
  error: z.object({ message: z.string(), errors: z.array(z.object({ reason: z.string() })) }),
});
const objectSchema = z.object({ size: z.string(), crc32c: z.string() });

/** The parts of change sets in one bucket of Cloud Storage. */
export class GcsPartStore implements PartStore {
  readonly #bucket: Bucket;
  readonly #limitMs: number;

  constructor(bucket: Bucket, limitMs = CALL_TIMEOUT_MS) {
    this.#bucket = bucket;
    this.#limitMs = limitMs;
  }

  async head(name: string): Promise<PartHead | null> {
    try {
      const [metadata] = await answerWithin(this.#limitMs, () => this.#bucket.file(name).getMetadata());
      return { sizeBytes: Number(metadata.size), crc32c: metadata.crc32c ?? '' };
    } catch (error) {
      if (statusOf(error) === 404) return null;
      throw googleFailure(`Cloud Storage, asked for ${this.uri(name)},`, error);
    }
  }

  async begin(name: string): Promise<string | null> {
    try {
      const wish = { metadata: { contentType: CONTENT_TYPE }, preconditionOpts: NOT_THERE };
      const file = this.#bucket.file(name);
      const [session] = await answerWithin(this.#limitMs, () => file.createResumableUpload(wish));
      return session;
    } catch (error) {
      if (statusOf(error) === 412) return null;
      throw googleFailure(`Cloud Storage, asked for ${this.uri(name)},`, error);
    }
  }

  async send(
    name: string,
    { id, isNew }: { id: string; isNew: boolean },
    open: () => Promise<Readable>,
    sizeBytes: number,
  ): Promise<PartHead | null | 'expired'> {
    const before = isNew ? null : await answerOf(name, () => resumableUpload.progress(id, sizeBytes));
    // Of one that is complete, Cloud Storage tells what it has created, though that may have been deleted since.
    if (before && CREATED.has(before.status)) return 'expired';
    if (before && before.status !== INCOMPLETE) return endOf(name, before);
    const content = await open();
    const sent = () => resumableUpload.send(id, before?.arrived ?? 0, sizeBytes, content);
    return endOf(name, await answerOf(name, sent));
  }

  async delete(name: string): Promise<void> {
    try {
      // Without a limit: one that was given up might still delete what is sent next.
      await this.#bucket.file(name).delete({ ignoreNotFound: true });
    } catch (error) {
      throw googleFailure(`Cloud Storage, asked for ${this.uri(name)},`, error);
    }
  }

  uri(name: string): string {
    return `gs://${this.#bucket.name}/${name}`;
  }
}

/** @throws TidegateError ServiceUnavailable when there is no answer. */
async function answerOf(name: string, call: () => Promise<UploadAnswer>): Promise<UploadAnswer> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof TidegateError) throw error;
    const { message } = error as Error;
    throw new TidegateError(
      'ServiceUnavailable',
      `Cloud Storage: the upload of ${name} broke off: ${message}`,
      {
        cause: error,
      },
    );
  }
}

/** What an upload's last answer came to. */
function endOf(name: string, { status, body }: UploadAnswer): PartHead | null | 'expired' {
  if (CREATED.has(status)) {
    const { size, crc32c } = objectSchema.parse(JSON.parse(body));
    return { sizeBytes: Number(size), crc32c };
  }
  if (status === 412) return null;
  if (EXPIRED.has(status)) return 'expired';
  if (status === INCOMPLETE)
    throw new TidegateError('ServiceUnavailable', `Cloud Storage has not received all of ${name} yet.`);
  throw googleFailure('Cloud Storage', { code: status, ...refusalOf(body) });
}

/** What is wrong: in JSON, or in plain words. */
function refusalOf(body: string) {
  try {
    return refusalSchema.parse(JSON.parse(body)).error;
  } catch {
    return { message: body.slice(0, 500) };
  }
}

/** The part store of the function's environment. */
export function gcsPartStore(): GcsPartStore {
  const apiEndpoint = process.env['TIDEGATE_GCS_ENDPOINT'];
  const storage = new Storage({
    projectId: environment('TIDEGATE_BIGQUERY_PROJECT'),
    authClient: googleAuthClient(apiEndpoint),
    // Every call here may be repeated. By any other strategy one without a precondition turns retries off, for good
    // when another object is taken in hand meanwhile.
    retryOptions: { idempotencyStrategy: IdempotencyStrategy.RetryAlways },
    ...(apiEndpoint && { apiEndpoint }),
  });
  return new GcsPartStore(storage.bucket(environment('TIDEGATE_GCS_BUCKET')));
}
