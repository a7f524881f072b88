import type { Readable } from 'node:stream';
import { crc32c } from '../../tasks/core/crc32c.ts';
import type { PartHead, PartStore } from '../../tasks/core/google-ports.ts';

/** Cloud Storage in memory: what was created stays as it is until it is deleted. */
export class MemoryPartStore implements PartStore {
  readonly parts = new Map<string, Buffer>();

  async head(name: string): Promise<PartHead | null> {
    const content = this.parts.get(name);
    return content ? headOf(content) : null;
  }

  async create(name: string, content: Readable): Promise<PartHead | null> {
    const chunks: Buffer[] = [];
    for await (const chunk of content) chunks.push(Buffer.from(chunk));
    if (this.parts.has(name)) return null;
    const received = Buffer.concat(chunks);
    this.parts.set(name, received);
    return headOf(received);
  }

  async delete(name: string): Promise<void> {
    this.parts.delete(name);
  }

  uri(name: string): string {
    return `gs://transfer/${name}`;
  }
}

function headOf(content: Buffer): PartHead {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32c(content, 0));
  return { sizeBytes: content.length, crc32c: checksum.toString('base64') };
}
