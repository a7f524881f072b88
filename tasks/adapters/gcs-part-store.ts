import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ApiError, type Bucket, Storage } from '@google-cloud/storage';
import type { PartHead, PartStore } from '../core/google-ports.ts';
import { environment } from './environment.ts';
import { googleAuthClient } from './google-client.ts';

const CALL_TIMEOUT_MS = 30_000;
const UPLOAD_TIMEOUT_MS = 600_000;

/** The parts of change sets in one bucket of Cloud Storage. */
export class GcsPartStore implements PartStore {
  readonly #bucket: Bucket;

  constructor(bucket: Bucket) {
    this.#bucket = bucket;
  }

  async head(name: string): Promise<PartHead | null> {
    try {
      const [metadata] = await this.#bucket.file(name).getMetadata();
      return { sizeBytes: Number(metadata.size), crc32c: metadata.crc32c ?? '' };
    } catch (error) {
      if (codeOf(error) === 404) return null;
      throw error;
    }
  }

  async create(name: string, content: Readable): Promise<PartHead | null> {
    const file = this.#bucket.file(name);
    const upload = file.createWriteStream({
      resumable: true,
      // The checksum is computed once, on the way, and compared by the caller.
      validation: false,
      contentType: 'application/vnd.apache.parquet',
      preconditionOpts: { ifGenerationMatch: 0 },
      timeout: UPLOAD_TIMEOUT_MS,
    });
    try {
      await pipeline(content, upload);
    } catch (error) {
      if (codeOf(error) === 412) return null;
      throw error;
    }
    return { sizeBytes: Number(file.metadata.size), crc32c: file.metadata.crc32c ?? '' };
  }

  async delete(name: string): Promise<void> {
    await this.#bucket.file(name).delete({ ignoreNotFound: true });
  }

  uri(name: string): string {
    return `gs://${this.#bucket.name}/${name}`;
  }
}

const codeOf = (error: unknown): number | undefined =>
  error instanceof ApiError ? Number(error.code) : undefined;

/** The part store of the function's environment. */
export function gcsPartStore(): GcsPartStore {
  const apiEndpoint = process.env['TIDEGATE_GCS_ENDPOINT'];
  const storage = new Storage({
    projectId: environment('TIDEGATE_BIGQUERY_PROJECT'),
    authClient: googleAuthClient(apiEndpoint),
    timeout: CALL_TIMEOUT_MS,
    ...(apiEndpoint && { apiEndpoint }),
  });
  return new GcsPartStore(storage.bucket(environment('TIDEGATE_GCS_BUCKET')));
}
