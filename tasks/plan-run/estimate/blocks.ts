import { randomOf } from '../model/seeded-random.ts';
import { BLOCK_BYTES } from './file-estimate.ts';
import { type Interval, UNSEEN_RECORDS, Z90 } from './interval.ts';

/** A range that was read of a file. */
export interface Block {
  /** Where it begins, in bytes. */
  start: number;
  bytes: number;
  /** Records that end in it. */
  records: number;
}

/** What lies between two blocks that were read. */
interface Gap {
  start: number;
  bytes: number;
  /** Records for each byte of the blocks before and behind it. */
  densities: readonly [number, number];
}

/** No more edges than these can be closed in on by the blocks that are left for it. */
const FEW_EDGES = 6;

/**
 * Where so many blocks begin that cover a file behind its head: one at its end, and each of the others somewhere in a
 * stratum of its own, as no distance between them may be that of a file's period.
 */
export function spreadStarts(headBytes: number, sizeBytes: number, count: number): number[] {
  const random = randomOf(sizeBytes);
  const last = sizeBytes - BLOCK_BYTES;
  const stratum = (last - headBytes) / Math.max(1, count - 1);
  const room = Math.max(0, stratum - BLOCK_BYTES);
  const inner = Array.from({ length: count - 1 }, (_, index) =>
    Math.floor(headBytes + index * stratum + random.next() * room),
  );
  return [...inner, last];
}

/**
 * Where so many more blocks begin that tell most: in the middle of gaps. Where the rows change at few edges, those are
 * closed in on. Where they change everywhere, that would look at what stands out only, and mislead: the widest gaps
 * are halved, whatever their blocks hold.
 */
export function refiningStarts(blocks: readonly Block[], count: number): number[] {
  const gaps = gapsBetween(blocks).filter(({ bytes }) => bytes >= BLOCK_BYTES);
  const total = (power: number): number => gaps.reduce((sum, gap) => sum + doubt(gap) ** power, 0);
  // So many equal gaps would have these sums.
  const hasFewEdges = total(2) ** 2 <= FEW_EDGES * total(4);
  return gaps
    .toSorted((a, b) => (hasFewEdges ? doubt(b) - doubt(a) : b.bytes - a.bytes))
    .slice(0, count)
    .map(({ start, bytes }) => Math.floor(start + (bytes - BLOCK_BYTES) / 2));
}

/**
 * Records of the file. A gap has as many for each byte as its two blocks on average. Half of the square of their
 * difference is the variance of what varies at random, and more than that of a section's or a trend's edge. Besides,
 * half of the widest gap may hide a section of rows half as wide.
 */
export function recordsOf(blocks: readonly Block[], sizeBytes: number): Interval {
  const gaps = gapsBetween(blocks);
  const seen = blocks.reduce((sum, { records }) => sum + records, 0);
  const unseen = gaps.reduce((sum, { bytes, densities: [a, b] }) => sum + (bytes * (a + b)) / 2, 0);
  const unseenBytes = gaps.reduce((sum, { bytes }) => sum + bytes, 0);
  // A file that is gone meanwhile has none.
  const read = blocks.reduce((sum, { bytes }) => sum + bytes, 0);
  const perRecord = unseenBytes / Math.max(1, read);
  const value = seen > 0 ? seen + unseen : UNSEEN_RECORDS.value * perRecord;
  const error = Math.sqrt(gaps.reduce((sum, gap) => sum + doubt(gap) ** 2 / 2, 0));
  const widest = Math.max(0, ...gaps.map(({ bytes }) => bytes));
  const hidden = ((widest / 2) * value) / sizeBytes;
  // Few blocks tell their own variance badly (Student's t).
  const halfWidth = Z90 * (1 + 2 / blocks.length) * Math.hypot(error, hidden / Z90);
  return {
    value,
    low: Math.max(seen, value - halfWidth),
    high: Math.max(value + halfWidth, seen + unseen + UNSEEN_RECORDS.high * perRecord),
  };
}

/** Records that a gap may have more or fewer. */
const doubt = ({ bytes, densities: [before, behind] }: Gap): number => bytes * Math.abs(before - behind);

const densityOf = ({ records, bytes }: Block): number => records / Math.max(1, bytes);

function gapsBetween(blocks: readonly Block[]): Gap[] {
  return blocks.slice(1).flatMap((block, index) => {
    const before = blocks[index] as Block;
    const start = before.start + before.bytes;
    const densities = [densityOf(before), densityOf(block)] as const;
    return block.start > start ? [{ start, bytes: block.start - start, densities }] : [];
  });
}
