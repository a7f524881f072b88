import type { Contract } from '../../core/contract.ts';
import { BLOCK_BYTES, type FileEstimate, type RangeReader } from './file-estimate.ts';
import { exactly, type Interval, Z90 } from './interval.ts';
import { RecordScanner } from './record-scanner.ts';
import { bytesPerUnit, isBigEndian, textUnits } from './text-units.ts';

/** The file behind its head falls into so many cells; a quarter of them is read at first. */
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
 * Estimates an uncompressed file from its head and blocks spread over all of it, so that a file that widens, or comes
 * in sorted parts, does not mislead. Counting the record ends in a block, not the rows that fit into it, favours neither
 * short nor long rows.
 */
export async function samplePlain(
  read: RangeReader,
  sizeBytes: number,
  dialect: Contract['csv'],
): Promise<FileEstimate> {
  const unit = bytesPerUnit(dialect.encoding);
  const head = await read({ start: 0, end: Math.min(BLOCK_BYTES, sizeBytes) - 1 });
  const bigEndian = isBigEndian(dialect.encoding, head);
  const units = (bytes: Uint8Array) => textUnits(bytes, dialect.encoding, bigEndian);
  const headText = units(head);
  const lineEnd = headText.includes(10) || !headText.includes(13) ? 10 : 13;
  const headScanner = new RecordScanner(dialect, { lineEnd });
  headScanner.push(headText);

  const rest = sizeBytes - head.length;
  const tiled = Math.ceil(rest / BLOCK_BYTES) <= CELLS;
  const cells = tiled ? Math.ceil(rest / BLOCK_BYTES) : CELLS;
  const cellStart = (cell: number): number =>
    head.length + Math.min(rest, tiled ? cell * BLOCK_BYTES : evenly((rest / cells) * cell, unit));
  const cellBytes = (cell: number): number => cellStart(cell + 1) - cellStart(cell);
  const texts = new Map<number, Uint8Array>();
  const readCells = (wanted: number[]) =>
    Promise.all(
      wanted.map(async (cell) => {
        const room = Math.max(0, cellBytes(cell) - BLOCK_BYTES);
        const start = cellStart(cell) + evenly(room * ((cell * GOLDEN) % 1), unit);
        const end = Math.min(start + BLOCK_BYTES, cellStart(cell + 1)) - 1;
        texts.set(cell, units(await read({ start, end })));
      }),
    );
  const all = Array.from({ length: cells }, (_, cell) => cell);

  const first = cells <= CELLS / GROUP ? all : all.filter((cell) => cell % GROUP === phase(cell));
  await readCells(first);
  let blocks: Block[] = [];
  let ends: Interval = exactly(0);
  const exact = () => tiled && texts.size === cells;
  if (!exact()) {
    blocks = first.map((cell) => blockOf(cell, texts.get(cell), dialect, lineEnd, headScanner));
    ends = recordEnds(blocks, rest, unit);
    const total = headScanner.records + ends.value;
    if (ends.high - ends.low > 2 * GOOD_ENOUGH * total) {
      await readCells(all.filter((cell) => !texts.has(cell)));
      if (!exact()) {
        blocks = all.map((cell) => blockOf(cell, texts.get(cell), dialect, lineEnd, headScanner));
        ends = recordEnds(blocks, rest, unit);
      }
    }
  }
  if (exact()) {
    for (const cell of all) headScanner.push(texts.get(cell) ?? new Uint8Array());
    headScanner.end();
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
    reads: 1 + texts.size,
  };
}

/** The cell of its group of four that is read first. */
const phase = (cell: number): number => Math.floor(((Math.floor(cell / GROUP) * GOLDEN) % 1) * GROUP);

const evenly = (bytes: number, unit: number): number => Math.floor(bytes / unit) * unit;

/** Reads a block as beginning outside quotes and, where lines may be inside them, within: what fits better counts. */
function blockOf(
  cell: number,
  text: Uint8Array = new Uint8Array(),
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
