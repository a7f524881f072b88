import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Bucket, IdempotencyStrategy, Storage } from '@google-cloud/storage';
import { TidegateError } from '../core/errors.ts';
import type { PartHead, PartStore } from '../core/google-ports.ts';
import { environment } from './environment.ts';
import { googleAuthClient } from './google-client.ts';
import { googleFailure, statusOf } from './google-failure.ts';

const CALL_TIMEOUT_MS = 30_000;
const UPLOAD_TIMEOUT_MS = 840_000;
const CONTENT_TYPE = 'application/vnd.apache.parquet';
const NOT_THERE = { ifGenerationMatch: 0 };
/** How Cloud Storage answers an upload that is to go on. */
const INCOMPLETE = 308;
/** How Cloud Storage answers for a session that it no longer knows. */
const EXPIRED = new Set([404, 410]);

/** The parts of change sets in one bucket of Cloud Storage. */
export class GcsPartStore implements PartStore {
  readonly #bucket: Bucket;
  readonly #uploads: Bucket;

  /**
   * @param uploads the same bucket by a client that does not retry: what it still has of a stream that broke may be
   *   too little, and it goes on behind the back of whoever gave the upload up.
   */
  constructor(bucket: Bucket, uploads: Bucket) {
    this.#bucket = bucket;
    this.#uploads = uploads;
  }

  async head(name: string): Promise<PartHead | null> {
    try {
      const [metadata] = await this.#bucket.file(name).getMetadata();
      return { sizeBytes: Number(metadata.size), crc32c: metadata.crc32c ?? '' };
    } catch (error) {
      if (statusOf(error) === 404) return null;
      throw googleFailure('Cloud Storage', error);
    }
  }

  async begin(name: string): Promise<string | null> {
    try {
      const [session] = await this.#bucket.file(name).createResumableUpload({
        metadata: { contentType: CONTENT_TYPE },
        preconditionOpts: NOT_THERE,
      });
      return session;
    } catch (error) {
      if (statusOf(error) === 412) return null;
      throw googleFailure('Cloud Storage', error);
    }
  }

  async send(
    name: string,
    { id, isNew }: { id: string; isNew: boolean },
    content: Readable,
    sizeBytes: number,
  ): Promise<PartHead | null | 'expired'> {
    const file = this.#uploads.file(name);
    const upload = file.createWriteStream({
      resumable: true,
      uri: id,
      // Without an offset the client asks how far the session is, and leaves out what has arrived.
      ...(isNew && { offset: 0 }),
      // Without it the end of a stream that broke off would end the object.
      metadata: { contentLength: sizeBytes },
      // The checksum is computed once, on the way, and compared by the caller.
      validation: false,
      preconditionOpts: NOT_THERE,
      timeout: UPLOAD_TIMEOUT_MS,
    });
    try {
      await pipeline(content, upload);
    } catch (error) {
      if (statusOf(error) === 412) return null;
      if (statusOf(error) === INCOMPLETE)
        throw new TidegateError('CopyMismatch', `${name} ended before its ${sizeBytes} bytes had come.`);
      if (EXPIRED.has(statusOf(error) ?? 0)) return 'expired';
      throw googleFailure('Cloud Storage', error);
    }
    return { sizeBytes: Number(file.metadata.size), crc32c: file.metadata.crc32c ?? '' };
  }

  async delete(name: string): Promise<void> {
    try {
      await this.#bucket.file(name).delete({ ignoreNotFound: true });
    } catch (error) {
      throw googleFailure('Cloud Storage', error);
    }
  }

  uri(name: string): string {
    return `gs://${this.#bucket.name}/${name}`;
  }
}

/** The part store of the function's environment. */
export function gcsPartStore(): GcsPartStore {
  const apiEndpoint = process.env['TIDEGATE_GCS_ENDPOINT'];
  const options = {
    projectId: environment('TIDEGATE_BIGQUERY_PROJECT'),
    authClient: googleAuthClient(apiEndpoint),
    timeout: CALL_TIMEOUT_MS,
    ...(apiEndpoint && { apiEndpoint }),
  };
  // Every call here may be repeated. By any other strategy one without a precondition turns retries off, for good when
  // another object is taken in hand meanwhile.
  const retrying = { idempotencyStrategy: IdempotencyStrategy.RetryAlways };
  const name = environment('TIDEGATE_GCS_BUCKET');
  return new GcsPartStore(
    new Storage({ ...options, retryOptions: retrying }).bucket(name),
    new Storage({ ...options, retryOptions: { autoRetry: false } }).bucket(name),
  );
}
