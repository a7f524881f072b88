import type { Readable } from 'node:stream';
import { Crc32c } from '../../tasks/core/crc32c.ts';
import type { PartHead, PartStore } from '../../tasks/core/google-ports.ts';

/** Cloud Storage in memory: what was created stays as it is until it is deleted. */
export class MemoryPartStore implements PartStore {
  readonly parts = new Map<string, Buffer>();
  /** Upload sessions by their ids, with what has arrived. */
  readonly sessions = new Map<string, Buffer>();
  /** Asked for each object: whether it arrives with another byte than it was sent with. */
  corrupts: (name: string) => boolean = () => false;
  #begun = 0;

  async head(name: string): Promise<PartHead | null> {
    const content = this.parts.get(name);
    return content ? headOf(content) : null;
  }

  async begin(name: string): Promise<string | null> {
    if (this.parts.has(name)) return null;
    this.#begun += 1;
    const id = `session-${this.#begun}`;
    this.sessions.set(id, Buffer.alloc(0));
    return id;
  }

  async send(
    name: string,
    { id }: { id: string },
    open: () => Promise<Readable>,
  ): Promise<PartHead | null | 'expired'> {
    const arrived = this.sessions.get(id);
    if (!arrived) return 'expired';
    let at = 0;
    for await (const chunk of await open()) {
      const stored = this.sessions.get(id) ?? arrived;
      const fresh = Buffer.from(chunk).subarray(Math.max(stored.length - at, 0));
      this.sessions.set(id, Buffer.concat([stored, fresh]));
      at += chunk.length;
    }
    if (this.parts.has(name)) return null;
    const received = this.sessions.get(id) ?? arrived;
    this.sessions.delete(id);
    if (this.corrupts(name)) received[0] = (received[0] ?? 0) ^ 1;
    this.parts.set(name, received);
    return headOf(received);
  }

  async delete(name: string): Promise<void> {
    this.parts.delete(name);
  }

  uri(name: string): string {
    return `gs://transfer/${name}`;
  }

  /** What a load job reads; null when there is no such object. */
  content(uri: string): Buffer | null {
    return this.parts.get(uri.slice('gs://transfer/'.length)) ?? null;
  }
}

function headOf(content: Buffer): PartHead {
  return { sizeBytes: content.length, crc32c: new Crc32c().update(content).base64 };
}
