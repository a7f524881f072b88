import type { Contract } from '../../core/contract.ts';
import { BLOCK_BYTES, MAX_BLOCKS, type RangeReader, type Sampled } from './file-estimate.ts';
import { exactly, type Interval, Z90 } from './interval.ts';
import { pieces } from './pieces.ts';
import { RecordScanner } from './record-scanner.ts';
import { bytesPerUnit, isBigEndian, textUnits } from './text-units.ts';

/** A file that is longer is sampled: behind its head it falls into so many cells, a quarter of which is read at first. */
const CELLS = 60;
const GROUP = 4;
/** Above this relative half-width of the 90% interval the other cells are read too. */
const GOOD_ENOUGH = 0.01;
/** What sampling cannot see: rounding at the blocks' edges, a guess of quotes that went wrong. */
const FLOOR = 0.003;
/** Where a block lies in its cell: multiples of the golden ratio fill an interval evenly and follow no file's period. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

interface Block {
  cell: number;
  /** Records ended in it, for each byte of it. */
  density: number;
  scanner: RecordScanner;
}

/**
 * Reads a small uncompressed file whole, and estimates a large one from its head and blocks spread over all of it, so that a file that widens, or comes
 * in sorted parts, does not mislead. Counting the record ends in a block, not the rows that fit into it, favours neither
 * short nor long rows.
 */
export async function samplePlain(
  read: RangeReader,
  sizeBytes: number,
  dialect: Contract['csv'],
): Promise<Sampled> {
  const unit = bytesPerUnit(dialect.encoding);
  const head = await read({ start: 0, end: Math.min(BLOCK_BYTES, sizeBytes) - 1 });
  const bigEndian = isBigEndian(dialect.encoding, head);
  const units = (bytes: Uint8Array) => textUnits(bytes, dialect.encoding, bigEndian);
  const headText = units(head);
  const lineEnd = headText.includes(10) || !headText.includes(13) ? 10 : 13;
  const headScanner = new RecordScanner(dialect, { lineEnd });
  headScanner.push(headText);

  let blocks: Block[] = [];
  let ends: Interval = exactly(0);
  if (sizeBytes <= MAX_BLOCKS * BLOCK_BYTES) {
    for await (const piece of pieces(read, head.length, sizeBytes)) headScanner.push(units(piece));
    headScanner.end();
  } else {
    const rest = sizeBytes - head.length;
    const cellStart = (cell: number): number => head.length + evenly((rest / CELLS) * cell, unit);
    const readCells = (wanted: number[]): Promise<Block[]> =>
      Promise.all(
        wanted.map(async (cell) => {
          const room = cellStart(cell + 1) - cellStart(cell) - BLOCK_BYTES;
          const start = cellStart(cell) + evenly(room * ((cell * GOLDEN) % 1), unit);
          const text = units(await read({ start, end: start + BLOCK_BYTES - 1 }));
          return blockOf(cell, text, dialect, lineEnd, headScanner);
        }),
      );
    const all = Array.from({ length: CELLS }, (_, cell) => cell);
    const isFirst = (cell: number): boolean => cell % GROUP === phase(cell);
    blocks = await readCells(all.filter(isFirst));
    ends = recordEnds(blocks, rest, unit);
    if (ends.high - ends.low > 2 * GOOD_ENOUGH * (headScanner.records + ends.value)) {
      blocks.push(...(await readCells(all.filter((cell) => !isFirst(cell)))));
      blocks.sort((a, b) => a.cell - b.cell);
      ends = recordEnds(blocks, rest, unit);
    }
  }

  const scanners = [headScanner, ...blocks.map(({ scanner }) => scanner)];
  const sum = (of: (scanner: RecordScanner) => number): number =>
    scanners.reduce((total, scanner) => total + of(scanner), 0);
  const notData = dialect.skipRows + (dialect.header ? 1 : 0);
  const seen = headScanner.records - notData;
  const counted = Math.max(0, sum(({ records }) => records) - notData);
  const rows = {
    value: Math.max(0, Math.round(seen + ends.value)),
    low: Math.max(counted, Math.floor(seen + ends.low)),
    high: Math.max(0, Math.ceil(seen + ends.high)),
  };
  const whole = Math.max(
    1,
    sum(({ wholeRecords }) => wholeRecords),
  );
  const meanWidth = sum(({ widthSum }) => widthSum) / whole;
  const variance = sum(({ squaredWidthSum }) => squaredWidthSum) / whole - meanWidth ** 2;
  return {
    storedBytes: sizeBytes,
    textBytes: exactly(sizeBytes),
    rows,
    columns: headScanner.columns,
    rowSpread: meanWidth > 0 ? Math.sqrt(Math.max(0, variance)) / meanWidth : 0,
    quotedShare:
      sum(({ quotedBytes }) => quotedBytes) /
      Math.max(
        1,
        sum(({ bytes }) => bytes),
      ),
    multiLineShare:
      sum(({ multiLineRecords }) => multiLineRecords) /
      Math.max(
        1,
        sum(({ records }) => records),
      ),
    unsplittableBytes: dialect.multiLine ? sizeBytes : 0,
    longestTaskBytes: dialect.multiLine ? sizeBytes : 0,
  };
}

/** The cell of its group of four that is read first. */
const phase = (cell: number): number => Math.floor(((Math.floor(cell / GROUP) * GOLDEN) % 1) * GROUP);

const evenly = (bytes: number, unit: number): number => Math.floor(bytes / unit) * unit;

/** Reads a block as beginning outside quotes and, where lines may be inside them, within: what fits better counts. */
function blockOf(
  cell: number,
  text: Uint8Array,
  dialect: Contract['csv'],
  lineEnd: number,
  { firstDelimiters }: RecordScanner,
): Block {
  const scan = (insideQuotes: boolean) => {
    const options = { lineEnd, insideQuotes, atRecordStart: false, expectedDelimiters: firstDelimiters };
    const scanner = new RecordScanner(dialect, options);
    scanner.push(text);
    return scanner;
  };
  const outside = scan(false);
  const inside = dialect.multiLine && dialect.quote !== null ? scan(true) : outside;
  const scanner = inside.score > outside.score ? inside : outside;
  return { cell, density: scanner.records / Math.max(1, text.length), scanner };
}

/**
 * Record ends in all of the cells. Neighbours differ by what varies within a stratum, and by any trend too, so half
 * the mean square of their differences errs on the careful side.
 */
function recordEnds(blocks: readonly Block[], restBytes: number, unit: number): Interval {
  const characters = restBytes / unit;
  const mean = blocks.reduce((sum, { density }) => sum + density, 0) / blocks.length;
  const steps = blocks.slice(1).map(({ density }, index) => density - (blocks[index] as Block).density);
  const variance = steps.reduce((sum, step) => sum + step * step, 0) / (2 * Math.max(1, steps.length));
  const readShare = blocks.reduce((sum, { scanner }) => sum + scanner.bytes, 0) / characters;
  const error = Math.sqrt((variance / blocks.length) * Math.max(0, 1 - readShare)) * characters;
  const value = mean * characters;
  // Few blocks tell their own variance badly (Student's t).
  const halfWidth = Z90 * (1 + 2 / blocks.length) * Math.hypot(error, FLOOR * value);
  return { value, low: Math.max(0, value - halfWidth), high: value + halfWidth };
}
