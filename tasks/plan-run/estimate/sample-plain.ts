import type { Contract } from '../../core/contract.ts';
import { type Block, recordsOf, refiningStarts, spreadStarts } from './blocks.ts';
import { contentOf } from './content.ts';
import { BLOCK_BYTES, MAX_BLOCKS, type RangeReader, type Sampled } from './file-estimate.ts';
import { exactly, type Interval } from './interval.ts';
import { pieces } from './pieces.ts';
import { type Readings, type Resolved, readingsOf, resolved } from './quote-state.ts';
import { RecordScanner } from './record-scanner.ts';
import { bytesPerUnit, isBigEndian, textUnits } from './text-units.ts';

/** This share of the blocks is spread over a file evenly, its head being one. */
const SPREAD_SHARE = 0.75;
/** At least its head, its end and two between them. */
const MIN_BLOCKS = 4;
/** The others are read where they tell most, so many at once. */
const REFINING = 4;

type ResolvedBlock = Block & Resolved;

/**
 * Reads a small uncompressed file whole, and estimates a large one from its head and blocks spread over all of it, so
 * that a file that widens, or comes in sorted parts, does not mislead. Counting the record ends in a block, not the rows
 * that fit into it, favours neither short nor long rows.
 */
export async function samplePlain(
  read: RangeReader,
  sizeBytes: number,
  dialect: Contract['csv'],
  maxTextBytes: number,
): Promise<Sampled> {
  const maxBlocks = Math.max(MIN_BLOCKS, Math.min(MAX_BLOCKS, Math.ceil(maxTextBytes / BLOCK_BYTES)));
  const unit = bytesPerUnit(dialect.encoding);
  const head = await read({ start: 0, end: Math.min(BLOCK_BYTES, sizeBytes) - 1 });
  const bigEndian = isBigEndian(dialect.encoding, head);
  const units = (bytes: Uint8Array) => textUnits(bytes, dialect.encoding, bigEndian);
  const headText = units(head);
  const lineEnd = headText.includes(10) || !headText.includes(13) ? 10 : 13;
  const scanner = new RecordScanner(dialect, { lineEnd });
  scanner.push(headText);
  const notData = dialect.skipRows + (dialect.header ? 1 : 0);
  const told = (rows: Interval, scanners: readonly RecordScanner[]): Sampled => ({
    storedBytes: sizeBytes,
    textBytes: exactly(sizeBytes),
    rows,
    ...contentOf([scanner, ...scanners]),
    unsplittableBytes: dialect.multiLine ? sizeBytes : 0,
    longestTaskBytes: dialect.multiLine ? sizeBytes : 0,
  });

  if (sizeBytes <= maxBlocks * BLOCK_BYTES) {
    for await (const piece of pieces(read, head.length, sizeBytes)) scanner.push(units(piece));
    scanner.end();
    return told(exactly(Math.max(0, scanner.records - notData)), []);
  }

  const options = { lineEnd, firstDelimiters: scanner.firstDelimiters };
  const readings = new Map<number, Readings>();
  const readAt = async (starts: readonly number[]): Promise<void> => {
    const reading = starts.map(async (at) => {
      const start = at - (at % unit);
      const text = units(await read({ start, end: start + BLOCK_BYTES - 1 }));
      readings.set(start, readingsOf(text, dialect, options));
    });
    await Promise.all(reading);
  };
  const blocksBehind = (): ResolvedBlock[] => {
    const sorted = [...readings].sort(([a], [b]) => a - b);
    const truths = resolved(
      scanner,
      sorted.map(([, both]) => both),
    );
    return truths.map((truth, index) => ({
      start: sorted[index]?.[0] ?? 0,
      bytes: truth.scanner.bytes * unit,
      ...truth,
    }));
  };
  const records = Math.max(0, scanner.records - notData);
  const first = { start: 0, bytes: head.length, records, fewest: records, most: records, scanner };

  const spread = Math.ceil(SPREAD_SHARE * maxBlocks);
  await readAt(spreadStarts(head.length, sizeBytes, spread - 1));
  for (let left = maxBlocks - spread; left > 0; left -= REFINING) {
    await readAt(refiningStarts([first, ...blocksBehind()], Math.min(left, REFINING)));
  }
  const blocks = blocksBehind();
  return told(
    rowsOf([first, ...blocks], sizeBytes),
    blocks.map((block) => block.scanner),
  );
}

/** At least one, as there is text; where nobody can tell how a block is to be read, the interval holds either way. */
function rowsOf(blocks: readonly ResolvedBlock[], sizeBytes: number): Interval {
  const by = (records: (block: ResolvedBlock) => number): Interval =>
    recordsOf(
      blocks.map((block) => ({ start: block.start, bytes: block.bytes, records: records(block) })),
      sizeBytes,
    );
  return {
    value: Math.max(1, Math.round(by((block) => block.records).value)),
    low: Math.max(1, Math.floor(by(({ fewest }) => fewest).low)),
    high: Math.ceil(by(({ most }) => most).high),
  };
}
