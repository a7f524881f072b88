import { constants, createGunzip } from 'node:zlib';
import type { Contract } from '../../core/contract.ts';
import { BLOCK_BYTES, MAX_BLOCKS, type RangeReader, type Sampled } from './file-estimate.ts';
import { exactly, type Interval, Z90 } from './interval.ts';
import { pieces } from './pieces.ts';
import { RecordScanner } from './record-scanner.ts';
import { bytesPerUnit, isBigEndian, textUnits } from './text-units.ts';

/** The last range is kept for the end of the file. */
const PREFIX_BYTES = (MAX_BLOCKS - 1) * BLOCK_BYTES;
/** No more text is looked at, so that a file of zeros costs no minute. */
const MAX_TEXT_BYTES = 48 * 1024 * 1024;
/** A stretch of text whose rows are counted by themselves. */
const STRETCH_BYTES = 128 * 1024;
/** Gzip ends with the length of its text modulo this (RFC 1952). */
const LENGTH_MODULUS = 2 ** 32;
const TRAILER_BYTES = 8;
/** An end that says so many times more or less than the beginning let expect is another member's. */
const PLAUSIBLE = 4;
/** Text for each stored byte, where nothing could be decompressed. */
const USUAL_RATIO = 5;
const USUAL_ROW_BYTES = 100;
/** Nor is a trend followed further than to rows so many times wider or narrower. */
const MAX_CHANGE = 4;
/** Rows of the part that nobody can look into may be so much wider or narrower (standard deviation of the log). */
const UNSEEN_SPREAD = 0.5;

/**
 * Estimates a compressed file from what its first 4 MB decompress to, and from the length its end states. A file that
 * changes behind that can only be told from how well it compresses: the interval is as wide as that leaves it.
 */
export async function sampleGzip(
  read: RangeReader,
  sizeBytes: number,
  dialect: Contract['csv'],
): Promise<Sampled> {
  const prefix = await decompressed(read, Math.min(sizeBytes, PREFIX_BYTES), dialect);
  const { scanner, stretches, storedBytes, bytesPerText } = prefix;
  const seenBytes = scanner.bytes * bytesPerText;
  const complete = storedBytes >= sizeBytes;
  if (complete) scanner.end();
  const notData = dialect.skipRows + (dialect.header ? 1 : 0);
  const seenRows = Math.max(0, scanner.records - notData);
  const ratio = storedBytes > 0 && seenBytes > 0 ? seenBytes / storedBytes : USUAL_RATIO;
  let textBytes: Interval = exactly(seenBytes);
  let rows: Interval = exactly(seenRows);
  if (!complete) {
    const trailer = await read({ start: sizeBytes - TRAILER_BYTES, end: sizeBytes - 1 });
    textBytes = textLength(sizeBytes * ratio, seenBytes, trailer, 1 - storedBytes / sizeBytes);
    rows = allRows(seenRows, seenBytes, textBytes, stretches, {
      prefix: ratio,
      rest: (textBytes.value - seenBytes) / (sizeBytes - storedBytes),
    });
  }
  const meanWidth = scanner.widthSum / Math.max(1, scanner.wholeRecords);
  const variance = scanner.squaredWidthSum / Math.max(1, scanner.wholeRecords) - meanWidth ** 2;
  return {
    storedBytes: sizeBytes,
    textBytes,
    rows,
    columns: scanner.columns,
    rowSpread: meanWidth > 0 ? Math.sqrt(Math.max(0, variance)) / meanWidth : 0,
    quotedShare: scanner.quotedBytes / Math.max(1, scanner.bytes),
    multiLineShare: scanner.multiLineRecords / Math.max(1, scanner.records),
    unsplittableBytes: textBytes.value,
    longestTaskBytes: textBytes.value,
  };
}

interface Prefix {
  scanner: RecordScanner;
  /** Rows for each byte of text, stretch after stretch. */
  stretches: number[];
  /** Stored bytes that were decompressed. */
  storedBytes: number;
  bytesPerText: number;
}

/** What can be read of the beginning of a gzip stream, counted as it comes. */
async function decompressed(read: RangeReader, upTo: number, dialect: Contract['csv']): Promise<Prefix> {
  // The prefix ends in the middle of the stream: what is there is given out without an error.
  const gunzip = createGunzip({ chunkSize: 256 * 1024, finishFlush: constants.Z_SYNC_FLUSH });
  const stretches: number[] = [];
  let scanner: RecordScanner | undefined;
  let [since, recordsBefore, bigEndian, odd] = [0, 0, false, new Uint8Array()];
  const take = (chunk: Uint8Array): void => {
    if (!scanner) {
      bigEndian = isBigEndian(dialect.encoding, chunk);
      scanner = new RecordScanner(dialect, { lineEnd: chunk.includes(10) || !chunk.includes(13) ? 10 : 13 });
    }
    const unit = bytesPerUnit(dialect.encoding);
    const bytes = odd.length > 0 ? Buffer.concat([odd, chunk]) : chunk;
    const usable = bytes.length - (bytes.length % unit);
    odd = new Uint8Array(bytes.subarray(usable));
    scanner.push(textUnits(bytes.subarray(0, usable), dialect.encoding, bigEndian));
    since += usable;
    if (since >= STRETCH_BYTES) {
      stretches.push((scanner.records - recordsBefore) / since);
      [since, recordsBefore] = [0, scanner.records];
    }
  };
  let storedBytes = 0;
  try {
    for await (const piece of pieces(read, 0, upTo)) {
      for (const chunk of await inflate(gunzip, piece)) take(chunk);
      storedBytes += piece.length;
      if ((scanner?.bytes ?? 0) >= MAX_TEXT_BYTES) break;
    }
  } catch {
    // No gzip, or a broken one: the job itself will say so, with the reason.
  }
  gunzip.close();
  return {
    scanner: scanner ?? new RecordScanner(dialect),
    stretches,
    storedBytes,
    bytesPerText: bytesPerUnit(dialect.encoding),
  };
}

/** What one more piece of the stream decompresses to. */
function inflate(gunzip: ReturnType<typeof createGunzip>, piece: Uint8Array): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  return new Promise((resolve, reject) => {
    const onData = (chunk: Uint8Array): void => {
      chunks.push(chunk);
    };
    const done = (error?: Error | null): void => {
      gunzip.off('data', onData);
      gunzip.off('error', done);
      if (error) reject(error);
      else resolve(chunks);
    };
    gunzip.on('data', onData);
    gunzip.on('error', done);
    gunzip.write(piece, (error) => {
      if (error) done(error);
      else gunzip.flush(constants.Z_SYNC_FLUSH, () => done());
    });
  });
}

/** The text's length: what the end of the file states, as long as the beginning makes that likely. */
function textLength(expected: number, seen: number, trailer: Uint8Array, unseenShare: number): Interval {
  const stated = new DataView(trailer.buffer, trailer.byteOffset, trailer.byteLength).getUint32(4, true);
  const turns = Math.max(0, Math.round((expected - stated) / LENGTH_MODULUS));
  const length = stated + turns * LENGTH_MODULUS;
  const factor = length / expected;
  if (length > seen && factor < PLAUSIBLE && factor > 1 / PLAUSIBLE) return exactly(length);
  const halfWidth = Math.exp(Z90 * UNSEEN_SPREAD * unseenShare);
  return { value: expected, low: Math.max(seen, expected / halfWidth), high: expected * halfWidth };
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
  const usual = seenRows / Math.max(1, seenBytes) || 1 / USUAL_ROW_BYTES;
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
    low: Math.floor(seenRows + (density / factor) * Math.max(0, text.low - seenBytes)),
    high: Math.ceil(seenRows + density * factor * Math.max(0, text.high - seenBytes)),
  };
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
