import type { Contract } from '../../core/contract.ts';
import { BLOCK_BYTES } from './file-estimate.ts';
import { RecordScanner } from './record-scanner.ts';

/** A block read as beginning outside quotes and, where lines may be inside them, within. */
export interface Readings {
  outside: RecordScanner;
  inside: RecordScanner;
}

/** What is taken for the truth of a block: one of the readings, or either. */
export interface Resolved {
  scanner: RecordScanner;
  records: number;
  /** Records by the reading that has the fewest, and by the one that has the most. */
  fewest: number;
  most: number;
}

/** A stretch with no quote that is so long decides nothing by itself: all of it may be one quoted text. */
const LONG_BYTES = BLOCK_BYTES / 2;

export function readingsOf(
  text: Uint8Array,
  dialect: Contract['csv'],
  { lineEnd, firstDelimiters }: { lineEnd: number; firstDelimiters: number | null },
): Readings {
  const scan = (insideQuotes: boolean): RecordScanner => {
    const options = { lineEnd, insideQuotes, atRecordStart: false, expectedDelimiters: firstDelimiters };
    const scanner = new RecordScanner(dialect, options);
    scanner.push(text);
    return scanner;
  };
  const outside = scan(false);
  return { outside, inside: dialect.multiLine && dialect.quote !== null ? scan(true) : outside };
}

/**
 * Which reading of each block is true. Where the head keeps the rules of quotes, so does the file: the reading that breaks
 * them more often is wrong. Elsewhere what agrees better with the header's columns counts. Lines inside a long quoted text
 * may look like rows, so a block without quotes is what stretches of its length are in the blocks that are known.
 */
export function resolved(head: RecordScanner, blocks: readonly Readings[]): Resolved[] {
  const guesses = blocks.map((block) => guess(block, head.violations > 0));
  const known = [head, ...guesses.filter((scanner) => scanner !== null)];
  const inQuotes = known.some(({ longestQuoted }) => longestQuoted >= LONG_BYTES);
  const outOfQuotes = known.some(({ longestUnquoted }) => longestUnquoted >= LONG_BYTES);
  const total = (of: (scanner: RecordScanner) => number): number =>
    known.reduce((sum, scanner) => sum + of(scanner), 0);
  const quotedShare =
    total(({ quotedBytes }) => quotedBytes) /
    Math.max(
      1,
      total(({ bytes }) => bytes),
    );
  return blocks.map(({ outside, inside }, index) => {
    const scanner = guesses[index] ?? (inQuotes && !outOfQuotes ? inside : outside);
    if (guesses[index] !== null || !inQuotes || !outOfQuotes) {
      return { scanner, records: scanner.records, fewest: scanner.records, most: scanner.records };
    }
    const [fewest, most] = [inside.records, outside.records];
    return { scanner, records: most + (fewest - most) * quotedShare, fewest, most };
  });
}

/** The reading that a block itself shows to be true; null where it does not. */
function guess({ outside, inside }: Readings, isSloppy: boolean): RecordScanner | null {
  if (!isSloppy && outside.violations !== inside.violations) {
    return inside.violations < outside.violations ? inside : outside;
  }
  if (inside.score > outside.score) return inside;
  const { longestQuoted } = inside;
  return longestQuoted >= LONG_BYTES && longestQuoted > outside.longestQuoted ? null : outside;
}
