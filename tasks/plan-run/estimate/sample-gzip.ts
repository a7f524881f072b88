import { Readable } from 'node:stream';
import { constants, createGunzip } from 'node:zlib';
import type { Contract } from '../../core/contract.ts';
import { contentOf } from './content.ts';
import { BLOCK_BYTES, MAX_BLOCKS, type RangeReader, type Sampled } from './file-estimate.ts';
import { type Beginning, beginsMember, TRAILER_BYTES, textLength } from './gzip-length.ts';
import { exactly, type Interval, UNSEEN_RECORDS, Z90 } from './interval.ts';
import { pieces } from './pieces.ts';
import { RecordScanner } from './record-scanner.ts';
import { bytesPerUnit, isBigEndian, textUnits } from './text-units.ts';

/** The last range is kept for the end of the file. */
const PREFIX_BYTES = (MAX_BLOCKS - 1) * BLOCK_BYTES;
/** A stretch of text whose rows are counted by themselves. */
const STRETCH_BYTES = 128 * 1024;
const USUAL_ROW_BYTES = 100;
/** Nor is a trend followed further than to rows so many times wider or narrower. */
const MAX_CHANGE = 4;
/** Rows of the part that nobody can look into may be so much wider or narrower (standard deviation of the log). */
const UNSEEN_SPREAD = 0.5;

/**
 * Estimates a compressed file from what its first 4 MB decompress to, or less of them, and from the length its end states. A file that
 * changes behind that can only be told from how well it compresses: the interval is as wide as that leaves it.
 */
export async function sampleGzip(
  read: RangeReader,
  sizeBytes: number,
  dialect: Contract['csv'],
  maxTextBytes: number,
): Promise<Sampled> {
  const prefix = await decompressed(read, sizeBytes, dialect, maxTextBytes);
  const { scanner, stretches, textBytes: seenBytes, storedBytes, isComplete } = prefix;
  if (isComplete) scanner.end();
  const notData = dialect.skipRows + (dialect.header ? 1 : 0);
  const seenRows = Math.max(0, scanner.records - notData);
  let textBytes: Interval = exactly(seenBytes);
  let rows: Interval = exactly(seenRows);
  if (!isComplete) {
    const end = { start: Math.max(0, sizeBytes - TRAILER_BYTES), end: sizeBytes - 1 };
    textBytes = textLength(sizeBytes, prefix, await read(end));
    const unseenRatio = (textBytes.value - seenBytes) / Math.max(1, sizeBytes - storedBytes);
    rows = allRows(seenRows, seenBytes, textBytes, stretches, {
      prefix: seenBytes > 0 ? seenBytes / storedBytes : unseenRatio,
      rest: unseenRatio,
    });
  }
  return {
    storedBytes: sizeBytes,
    textBytes,
    rows,
    ...contentOf([scanner]),
    unsplittableBytes: textBytes.value,
    longestTaskBytes: textBytes.value,
  };
}

interface Prefix extends Beginning {
  scanner: RecordScanner;
  /** Rows for each byte of text, stretch after stretch. */
  stretches: number[];
  /** Whether it is all of the file. */
  isComplete: boolean;
}

/** What can be read of the beginning of a gzip stream, counted as it comes. */
async function decompressed(
  read: RangeReader,
  sizeBytes: number,
  dialect: Contract['csv'],
  maxTextBytes: number,
): Promise<Prefix> {
  const unit = bytesPerUnit(dialect.encoding);
  const stretches: number[] = [];
  let scanner: RecordScanner | undefined;
  let [since, recordsBefore, bigEndian, odd] = [0, 0, false, new Uint8Array()];
  const take = (chunk: Uint8Array): RecordScanner => {
    if (!scanner) {
      bigEndian = isBigEndian(dialect.encoding, chunk);
      scanner = new RecordScanner(dialect, { lineEnd: chunk.includes(10) || !chunk.includes(13) ? 10 : 13 });
    }
    const bytes = odd.length > 0 ? Buffer.concat([odd, chunk]) : chunk;
    const usable = bytes.length - (bytes.length % unit);
    odd = new Uint8Array(bytes.subarray(usable));
    scanner.push(textUnits(bytes.subarray(0, usable), dialect.encoding, bigEndian));
    since += usable;
    if (since >= STRETCH_BYTES) {
      stretches.push((scanner.records - recordsBefore) / since);
      [since, recordsBefore] = [0, scanner.records];
    }
    return scanner;
  };

  let hasMembers = false;
  const upTo = Math.min(sizeBytes, PREFIX_BYTES);
  const stored = Readable.from(
    (async function* () {
      for await (const piece of pieces(read, 0, upTo)) {
        hasMembers ||= beginsMember(piece);
        yield piece;
      }
    })(),
  );
  // The prefix ends in the middle of the stream: what is there is given out without an error.
  const gunzip = createGunzip({ chunkSize: 256 * 1024, finishFlush: constants.Z_SYNC_FLUSH });
  stored.on('error', (error) => gunzip.destroy(error));
  let isComplete = upTo === sizeBytes;
  try {
    for await (const chunk of stored.pipe(gunzip)) {
      if (take(chunk).bytes * unit < maxTextBytes) continue;
      isComplete = false;
      break;
    }
  } catch (error) {
    // No gzip, or a broken one: the job itself will say so, with the reason.
    if (error === stored.errored) throw error;
    isComplete = false;
  } finally {
    stored.destroy();
  }
  scanner ??= new RecordScanner(dialect);
  const storedBytes = isComplete ? sizeBytes : gunzip.bytesWritten;
  return { scanner, stretches, textBytes: scanner.bytes * unit, storedBytes, hasMembers, isComplete };
}

/**
 * Rows of all the text. The part behind the prefix may go on as the prefix's second half was, or as the rows' widths
 * went from its beginning to its end: the truth is looked for between the two.
 */
function allRows(
  seenRows: number,
  seenBytes: number,
  text: Interval,
  stretches: readonly number[],
  ratio: { prefix: number; rest: number },
): Interval {
  const one = seenBytes > 0 ? 1 / seenBytes : 0;
  const usual = seenBytes > 0 ? Math.max(seenRows, UNSEEN_RECORDS.value) * one : 1 / USUAL_ROW_BYTES;
  const middle = Math.floor(stretches.length / 2);
  const earlier = mean(stretches.slice(0, middle)) || usual;
  const later = mean(stretches.slice(middle)) || usual;
  const unseenBytes = Math.max(0, text.value - seenBytes);
  // Halves of the prefix lie half of it apart; the middle of the unseen part lies that much further.
  const distance = (seenBytes / 4 + unseenBytes / 2) / Math.max(1, seenBytes / 2);
  const width = 1 / later + (1 / later - 1 / earlier) * distance;
  const onward = 1 / Math.min(MAX_CHANGE / later, Math.max(width, 1 / later / MAX_CHANGE));
  const trend = Math.log(onward / later);
  const density = later * Math.exp(trend / 2);
  const shift = Math.log(Math.max(ratio.rest, 0.01) / ratio.prefix);
  const spread = Math.hypot(UNSEEN_SPREAD, trend / 2, shift);
  const factor = Math.exp(Z90 * spread);
  return {
    value: Math.round(seenRows + density * unseenBytes),
    low: Math.floor(
      seenRows +
        Math.max(0, density / factor - UNSEEN_RECORDS.high * one) * Math.max(0, text.low - seenBytes),
    ),
    high: Math.ceil(
      seenRows + (density * factor + UNSEEN_RECORDS.high * one) * Math.max(0, text.high - seenBytes),
    ),
  };
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
