import { constants, deflateRawSync } from 'node:zlib';
import type { RangeReader } from '../../../tasks/plan-run/estimate/file-estimate.ts';

interface Repeated {
  text: Buffer;
  times: number;
}

/** A file of texts that are repeated, which is as long as you like and nowhere stored. */
export function longFile(parts: readonly Repeated[]): { sizeBytes: number; read: RangeReader } {
  const read: RangeReader = async (range) => {
    const found: Buffer[] = [];
    let begin = 0;
    for (const { text, times } of parts) {
      const past = begin + text.length * times;
      for (let at = Math.max(begin, range.start); at < Math.min(past, range.end + 1); ) {
        const within = (at - begin) % text.length;
        const piece = text.subarray(within, within + range.end + 1 - at);
        found.push(piece);
        at += piece.length;
      }
      begin = past;
    }
    return Buffer.concat(found);
  };
  return { sizeBytes: parts.reduce((sum, { text, times }) => sum + text.length * times, 0), read };
}

const HEAD = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
/** An empty last block, the checksum, which nobody reads, and room for the length. */
const END = [3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/** The same as one gzip member. */
export function longGzip(parts: readonly Repeated[]): {
  sizeBytes: number;
  textBytes: number;
  read: RangeReader;
} {
  const textBytes = parts.reduce((sum, { text, times }) => sum + text.length * times, 0);
  const end = Buffer.from(END);
  end.writeUInt32LE(textBytes % 2 ** 32, END.length - 4);
  const stored = parts.map(({ text, times }) => ({
    text: deflateRawSync(text, { finishFlush: constants.Z_FULL_FLUSH }),
    times,
  }));
  return { ...longFile([{ text: HEAD, times: 1 }, ...stored, { text: end, times: 1 }]), textBytes };
}
