import type { Contract } from '../../core/contract.ts';
import { type Block, recordsOf, refiningStarts, spreadStarts } from './blocks.ts';
import { BLOCK_BYTES, MAX_BLOCKS, type RangeReader, type Sampled } from './file-estimate.ts';
import { exactly } from './interval.ts';
import { pieces } from './pieces.ts';
import { RecordScanner } from './record-scanner.ts';
import { bytesPerUnit, isBigEndian, textUnits } from './text-units.ts';

/** So many blocks are spread over a file evenly, its head being one. */
const SPREAD = 48;
/** The others are read where they tell most, so many at once. */
const REFINING = 4;

interface Sample extends Block {
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

  const blocks: Sample[] = [];
  if (sizeBytes <= MAX_BLOCKS * BLOCK_BYTES) {
    for await (const piece of pieces(read, head.length, sizeBytes)) headScanner.push(units(piece));
    headScanner.end();
    blocks.push({ start: 0, bytes: sizeBytes, records: headScanner.records, scanner: headScanner });
  } else {
    blocks.push({ start: 0, bytes: head.length, records: headScanner.records, scanner: headScanner });
    const readAt = async (starts: readonly number[]): Promise<void> => {
      const more = starts.map(async (at): Promise<Sample> => {
        const start = at - (at % unit);
        const text = units(await read({ start, end: start + BLOCK_BYTES - 1 }));
        const scanner = scanned(text, dialect, lineEnd, headScanner);
        return { start, bytes: text.length * unit, records: scanner.records, scanner };
      });
      blocks.push(...(await Promise.all(more)));
      blocks.sort((a, b) => a.start - b.start);
    };
    await readAt(spreadStarts(head.length, sizeBytes, SPREAD - 1));
    for (let left = MAX_BLOCKS - SPREAD; left > 0; left -= REFINING) {
      await readAt(refiningStarts(blocks, Math.min(left, REFINING)));
    }
  }

  const scanners = blocks.map(({ scanner }) => scanner);
  const sum = (of: (scanner: RecordScanner) => number): number =>
    scanners.reduce((total, scanner) => total + of(scanner), 0);
  const notData = dialect.skipRows + (dialect.header ? 1 : 0);
  const records = recordsOf(blocks, sizeBytes);
  const dataOf = (count: number): number => Math.max(0, count - notData);
  const rows = {
    value: Math.round(dataOf(records.value)),
    low: Math.floor(dataOf(records.low)),
    high: Math.ceil(dataOf(records.high)),
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

/** Reads a block as beginning outside quotes and, where lines may be inside them, within: what fits better counts. */
function scanned(
  text: Uint8Array,
  dialect: Contract['csv'],
  lineEnd: number,
  { firstDelimiters }: RecordScanner,
): RecordScanner {
  const scan = (insideQuotes: boolean) => {
    const options = { lineEnd, insideQuotes, atRecordStart: false, expectedDelimiters: firstDelimiters };
    const scanner = new RecordScanner(dialect, options);
    scanner.push(text);
    return scanner;
  };
  const outside = scan(false);
  const inside = dialect.multiLine && dialect.quote !== null ? scan(true) : outside;
  return inside.score > outside.score ? inside : outside;
}
