import type { ByteRange } from '../../core/ports.ts';
import { exactly, type Interval, sumOf } from './interval.ts';

/** Bytes of a range of the file; fewer when the file ends before. */
export type RangeReader = (range: ByteRange) => Promise<Uint8Array>;

/** No range that is read of a file is longer. */
export const BLOCK_BYTES = 64 * 1024;
/** Nor are more of them read, for a file of any size. */
export const MAX_BLOCKS = 64;

/** What a file, or several together, will have the Spark job do, told from samples. */
export interface FileEstimate {
  /** Bytes as stored. */
  storedBytes: number;
  /** Bytes of text, decompressed. */
  textBytes: Interval;
  /** Records that are data. */
  rows: Interval;
  /** Columns of the first record, which is the header where there is one; 0 where none was seen. */
  columns: number;
  /** Standard deviation of a row's bytes over their mean. */
  rowSpread: number;
  /** Share of the text that is inside quotes. */
  quotedShare: number;
  /** Share of the rows that span lines. */
  multiLineShare: number;
  /** Bytes of text in files that one task must read whole. */
  unsplittableBytes: number;
  /** The most text that a single task must read. */
  longestTaskBytes: number;
  /** Ranges that were read for it. */
  reads: number;
}

/** What is told from the bytes that were read. */
export type Sampled = Omit<FileEstimate, 'reads'>;

/** A file of so many bytes and rows, of which nothing else is known: its rows are alike and without quotes. */
export const plainText = (bytes: number, rows: number): FileEstimate => ({
  storedBytes: bytes,
  textBytes: exactly(bytes),
  rows: exactly(rows),
  columns: 0,
  rowSpread: 0,
  quotedShare: 0,
  multiLineShare: 0,
  unsplittableBytes: 0,
  longestTaskBytes: 0,
  reads: 0,
});

/** Several files as one. */
export function together(files: readonly FileEstimate[]): FileEstimate {
  const rows = sumOf(files.map((file) => file.rows));
  const textBytes = sumOf(files.map((file) => file.textBytes));
  const total = (of: (file: FileEstimate) => number): number =>
    files.reduce((sum, file) => sum + of(file), 0);
  const perRow = (of: (file: FileEstimate) => number): number =>
    rows.value > 0 ? total((file) => of(file) * file.rows.value) / rows.value : 0;
  return {
    storedBytes: total((file) => file.storedBytes),
    textBytes,
    rows,
    columns: Math.max(0, ...files.map((file) => file.columns)),
    rowSpread: perRow((file) => file.rowSpread),
    quotedShare:
      textBytes.value > 0 ? total((file) => file.quotedShare * file.textBytes.value) / textBytes.value : 0,
    multiLineShare: perRow((file) => file.multiLineShare),
    unsplittableBytes: total((file) => file.unsplittableBytes),
    longestTaskBytes: Math.max(0, ...files.map((file) => file.longestTaskBytes)),
    reads: total((file) => file.reads),
  };
}
