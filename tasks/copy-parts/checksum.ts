import { Transform, type TransformCallback } from 'node:stream';
import { Crc32c } from '../core/crc32c.ts';
import { TidegateError } from '../core/errors.ts';
import type { PartHead } from '../core/google-ports.ts';
import { counted } from '../core/telling/counted.ts';

/** Passes bytes through, counts them, and computes their CRC32C on the way. */
export class Checksum extends Transform {
  readonly #name: string;
  readonly #expectedBytes: number;
  readonly #crc32c = new Crc32c();
  #sizeBytes = 0;

  /** The stream fails (OutputMismatch) when it ends with another count of bytes than is expected. */
  constructor(name: string, expectedBytes: number) {
    super();
    this.#name = name;
    this.#expectedBytes = expectedBytes;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#crc32c.update(chunk);
    this.#sizeBytes += chunk.length;
    done(null, chunk);
  }

  override _flush(done: TransformCallback): void {
    const [is, expected] = [this.#sizeBytes, this.#expectedBytes];
    const wrong = `${this.#name} has ${counted(is, 'byte')}, expected ${expected}.`;
    done(is === expected ? null : new TidegateError('OutputMismatch', wrong));
  }

  /** Whether an object has just these bytes. */
  fits({ crc32c, sizeBytes }: PartHead): boolean {
    return crc32c === this.#crc32c.base64 && sizeBytes === this.#sizeBytes;
  }

  override toString(): string {
    return `CRC32C ${this.#crc32c.base64} and ${counted(this.#sizeBytes, 'byte')}`;
  }
}
