import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { ByteRange, ObjectHead, ObjectRef, ObjectStore } from '../../tasks/core/ports.ts';

interface Version {
  versionId: string;
  body: Uint8Array;
  lastModified: Date;
  storageClass: string | null;
}

/** A versioned object store in memory. */
export class MemoryObjectStore implements ObjectStore {
  readonly #objects = new Map<string, Version[]>();
  #versions = 0;

  async head(ref: ObjectRef): Promise<ObjectHead | null> {
    const version = this.#find(ref);
    if (!version) return null;
    const { body, versionId, lastModified, storageClass } = version;
    const etag = `"${createHash('md5').update(body).digest('hex')}"`;
    return { sizeBytes: body.length, versionId, lastModified, etag, storageClass };
  }

  async read(ref: ObjectRef, range?: ByteRange): Promise<Uint8Array | null> {
    const body = this.#find(ref)?.body;
    if (!body) return null;
    return range ? body.subarray(range.start, range.end + 1) : body;
  }

  async open(ref: ObjectRef, range?: ByteRange): Promise<Readable | null> {
    const body = await this.read(ref, range);
    return body && Readable.from([Buffer.from(body)]);
  }

  async write(ref: ObjectRef, body: string | Uint8Array): Promise<void> {
    this.put(ref.bucket, ref.key, body);
  }

  async copy(from: ObjectRef, to: ObjectRef): Promise<void> {
    const version = this.#find(from);
    if (!version) throw new Error(`no such object: s3://${from.bucket}/${from.key}`);
    this.put(to.bucket, to.key, version.body);
  }

  async list(bucket: string, prefix: string): Promise<{ key: string; sizeBytes: number }[]> {
    const start = `${bucket}/`;
    return [...this.#objects]
      .filter(([name]) => name.startsWith(start + prefix))
      .map(([name, versions]) => ({
        key: name.slice(start.length),
        sizeBytes: versions.at(-1)?.body.length ?? 0,
      }))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** Puts an object as an uploader does; gives its version. */
  put(bucket: string, key: string, body: string | Uint8Array, storageClass: string | null = null): string {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    this.#versions += 1;
    const versionId = `v${this.#versions}`;
    const name = `${bucket}/${key}`;
    const version = {
      versionId,
      body: bytes,
      lastModified: new Date(Date.UTC(2026, 0, 1, 0, 0, this.#versions)),
      storageClass,
    };
    this.#objects.set(name, [...(this.#objects.get(name) ?? []), version]);
    return versionId;
  }

  /** Deletes an object with all its versions. */
  remove(bucket: string, key: string): void {
    this.#objects.delete(`${bucket}/${key}`);
  }

  #find({ bucket, key, versionId }: ObjectRef): Version | undefined {
    const versions = this.#objects.get(`${bucket}/${key}`) ?? [];
    return versionId ? versions.find((version) => version.versionId === versionId) : versions.at(-1);
  }
}
