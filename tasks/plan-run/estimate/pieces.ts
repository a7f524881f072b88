import { BLOCK_BYTES, type RangeReader } from './file-estimate.ts';

const READS_AT_ONCE = 9;

/** The bytes of a file from `start` up to `end`, excluded, in order, block after block; some are read ahead. */
export async function* pieces(read: RangeReader, start: number, end: number): AsyncGenerator<Uint8Array> {
  for (let from = start; from < end; from += READS_AT_ONCE * BLOCK_BYTES) {
    const starts = Array.from({ length: READS_AT_ONCE }, (_, index) => from + index * BLOCK_BYTES).filter(
      (at) => at < end,
    );
    yield* await Promise.all(
      starts.map((at) => read({ start: at, end: Math.min(at + BLOCK_BYTES, end) - 1 })),
    );
  }
}
