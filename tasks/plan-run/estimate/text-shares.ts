import type { Upload } from '../../core/batch.ts';
import { BLOCK_BYTES, MAX_BLOCKS } from './file-estimate.ts';
import { MAX_RATIO } from './gzip-length.ts';

/** No more text is looked at of one file, so that gzip of zeros costs no minute, nor of all files together. */
export const MAX_FILE_TEXT_BYTES = 48 * 1024 * 1024;
const MAX_TEXT_BYTES = 256 * 1024 * 1024;

type Sized = Pick<Upload, 'sizeBytes' | 'compression'>;

/** How much text of each file is looked at: what it can use, or else its share of what shorter files leave. */
export function textShares<File extends Sized>(files: readonly File[]): { file: File; textBytes: number }[] {
  let left = MAX_TEXT_BYTES;
  return files
    .map((file) => ({ file, usable: usableBytes(file) }))
    .toSorted((a, b) => a.usable - b.usable)
    .map(({ file, usable }, index) => {
      const textBytes = Math.min(usable, Math.floor(left / (files.length - index)));
      left -= textBytes;
      return { file, textBytes };
    });
}

function usableBytes({ sizeBytes, compression }: Sized): number {
  return compression === 'gzip'
    ? Math.min(MAX_FILE_TEXT_BYTES, sizeBytes * MAX_RATIO)
    : Math.min(MAX_BLOCKS * BLOCK_BYTES, sizeBytes);
}
