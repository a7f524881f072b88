import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { ByteRange, ObjectHead, ObjectRef, ObjectStore } from '../../tasks/core/ports.ts';

interface Version {
  versionId: string;
  body: Uint8Array;
  lastModified: Date;
}

/** A versioned object store in memory. */
export class MemoryObjectStore implements ObjectStore {
  readonly #objects = new Map<string, Version[]>();
  readonly #now: (() => Date) | null;
  #versions = 0;

  /** Without a clock, each version comes a second after the one before. */
  constructor(now: (() => Date) | null = null) {
    this.#now = now;
  }

  async head(ref: ObjectRef): Promise<ObjectHead | null> {
    const version = this.#find(ref);
    if (!version) return null;
    const { body, versionId, lastModified } = version;
    const etag = `"${createHash('md5').update(body).digest('hex')}"`;
    return { sizeBytes: body.length, versionId, lastModified, etag };
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
  put(bucket: string, key: string, body: string | Uint8Array): string {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    this.#versions += 1;
    const versionId = `v${this.#versions}`;
    const name = `${bucket}/${key}`;
    const version = {
      versionId,
      body: bytes,
      lastModified: this.#now?.() ?? new Date(Date.UTC(2026, 0, 1, 0, 0, this.#versions)),
    };
    this.#objects.set(name, [...(this.#objects.get(name) ?? []), version]);
    return versionId;
  }

  /** The newest version's bytes, for whoever looks from outside. */
  content(bucket: string, key: string): Uint8Array | null {
    return this.#find({ bucket, key })?.body ?? null;
  }

  /** Deletes one version for good. */
  removeVersion(bucket: string, key: string, versionId: string): void {
    const name = `${bucket}/${key}`;
    const kept = (this.#objects.get(name) ?? []).filter((version) => version.versionId !== versionId);
    if (kept.length > 0) this.#objects.set(name, kept);
    else this.#objects.delete(name);
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
