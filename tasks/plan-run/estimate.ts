import { createGunzip } from 'node:zlib';
import type { Batch } from '../core/batch.ts';
import type { Contract } from '../core/contract.ts';
import type { ObjectStore } from '../core/ports.ts';

/** What a batch will cost to process, told from its bytes. */
export interface Estimate {
  /** Bytes as stored. */
  storedBytes: number;
  /** Bytes of text, decompressed. */
  textBytes: number;
  rows: number;
  columns: number;
  /** Files that one task must read whole: compressed ones, and those whose rows span lines. */
  unsplittableBytes: number;
}

const HEAD_BYTES = 64 * 1024;
/** Share of compressed text that is taken where too little of it could be read. */
const USUAL_GZIP_RATIO = 5;

/** Reads the head of every file; rows follow from the mean width of its lines. */
export async function estimate(
  uploads: Batch['uploads'],
  contract: Contract,
  objects: ObjectStore,
): Promise<Estimate> {
  const files = await Promise.all(
    uploads.map(async ({ input, sizeBytes, compression }) => {
      const [bucket = '', ...key] = input.slice('s3://'.length).split('/');
      const range = { start: 0, end: Math.min(HEAD_BYTES, sizeBytes) - 1 };
      const stored = (await objects.read({ bucket, key: key.join('/') }, range)) ?? new Uint8Array();
      const head = compression === 'gzip' ? await decompressed(stored) : Buffer.from(stored);
      const ratio = compression === 'gzip' ? gzipRatio(stored.length, head.length) : 1;
      const textBytes = sizeBytes * ratio;
      const splittable = compression === 'none' && !contract.csv.multiLine;
      return {
        sizeBytes,
        textBytes,
        rows: textBytes / lineWidth(head),
        unsplittable: splittable ? 0 : textBytes,
      };
    }),
  );
  const sum = (of: (file: (typeof files)[number]) => number): number =>
    files.reduce((total, file) => total + of(file), 0);
  return {
    storedBytes: sum(({ sizeBytes }) => sizeBytes),
    textBytes: Math.round(sum(({ textBytes }) => textBytes)),
    rows: Math.round(sum(({ rows }) => rows)),
    columns: contract.columns.length,
    unsplittableBytes: Math.round(sum(({ unsplittable }) => unsplittable)),
  };
}

/** Bytes a line of the sample, its end included. */
function lineWidth(head: Buffer): number {
  let lines = 0;
  for (let at = head.indexOf(10); at >= 0; at = head.indexOf(10, at + 1)) lines += 1;
  return lines > 0 ? (head.lastIndexOf(10) + 1) / lines : Math.max(head.length, 1);
}

function gzipRatio(storedBytes: number, textBytes: number): number {
  return storedBytes > 0 && textBytes > 0 ? textBytes / storedBytes : USUAL_GZIP_RATIO;
}

/** What can be read of the beginning of a gzip stream. */
function decompressed(stored: Uint8Array): Promise<Buffer> {
  const gunzip = createGunzip();
  const chunks: Buffer[] = [];
  return new Promise((resolve) => {
    gunzip.on('data', (chunk: Buffer) => chunks.push(chunk));
    // The head ends in the middle of the stream, or is no gzip at all: the job itself will say so.
    gunzip.once('error', () => resolve(Buffer.concat(chunks)));
    gunzip.once('end', () => resolve(Buffer.concat(chunks)));
    gunzip.end(stored);
  });
}
