import { open } from 'node:fs/promises';
import { compressionOf } from '../../tasks/core/folders/compression-of.ts';
import type { Source } from '../../tasks/plan-run/estimate/estimate.ts';
import type { RangeReader } from '../../tasks/plan-run/estimate/file-estimate.ts';
import { sizeOfFile } from '../size-of-file.ts';

/** A file here or in S3, and what reads it. @throws CommandFailure when there is none, or nothing in it. */
export async function sourceOf(file: string): Promise<Source> {
  const compression = compressionOf(file);
  if (file.startsWith('s3://')) {
    const { s3RangeReader } = await import('./s3-range-reader.ts');
    return { ...(await s3RangeReader(file)), compression };
  }
  return { sizeBytes: await sizeOfFile(file), compression, read: fileRangeReader(file) };
}

/** Opens the file for each range, so that no more are open than are read. */
function fileRangeReader(file: string): RangeReader {
  return async ({ start, end }) => {
    const handle = await open(file);
    try {
      const { buffer, bytesRead } = await handle.read({
        buffer: Buffer.alloc(end - start + 1),
        position: start,
      });
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  };
}
