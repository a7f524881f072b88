import { constants, deflateRawSync } from 'node:zlib';
import type { RangeReader } from '../../../tasks/plan-run/estimate/file-estimate.ts';

const HEAD = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
/** An empty last block, the checksum, which nobody reads, and room for the length. */
const END = [3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/** One gzip member of texts that are repeated, which is as long as you like and nowhere stored. */
export function longGzip(texts: readonly { text: Buffer; times: number }[]): {
  sizeBytes: number;
  textBytes: number;
  read: RangeReader;
} {
  const textBytes = texts.reduce((sum, { text, times }) => sum + text.length * times, 0);
  const end = Buffer.from(END);
  end.writeUInt32LE(textBytes % 2 ** 32, END.length - 4);
  const parts = [
    { stored: HEAD, times: 1 },
    ...texts.map(({ text, times }) => ({
      stored: deflateRawSync(text, { finishFlush: constants.Z_FULL_FLUSH }),
      times,
    })),
    { stored: end, times: 1 },
  ];
  const read: RangeReader = async (range) => {
    const found: Buffer[] = [];
    let begin = 0;
    for (const { stored, times } of parts) {
      const past = begin + stored.length * times;
      for (let at = Math.max(begin, range.start); at < Math.min(past, range.end + 1); ) {
        const within = (at - begin) % stored.length;
        const piece = stored.subarray(within, within + range.end + 1 - at);
        found.push(piece);
        at += piece.length;
      }
      begin = past;
    }
    return Buffer.concat(found);
  };
  const sizeBytes = parts.reduce((sum, { stored, times }) => sum + stored.length * times, 0);
  return { sizeBytes, textBytes, read };
}
