import type { Batch } from '../../core/batch.ts';
import type { Contract } from '../../core/contract.ts';
import type { ObjectStore } from '../../core/ports.ts';
import { type FileEstimate, type RangeReader, together } from './file-estimate.ts';
import { exactly } from './interval.ts';
import { sampleGzip } from './sample-gzip.ts';
import { samplePlain } from './sample-plain.ts';

/** So many files are looked into at once: each takes up to 4 MB of memory. */
const FILES_AT_ONCE = 4;

export type Upload = Pick<Batch['uploads'][number], 'input' | 'sizeBytes' | 'compression'>;

/** What a batch will cost to process, told from samples of each of its files. */
export async function estimate(
  uploads: readonly Upload[],
  contract: Contract,
  objects: ObjectStore,
): Promise<FileEstimate> {
  const estimates: FileEstimate[] = [];
  const waiting = [...uploads];
  const lane = async (): Promise<void> => {
    for (let upload = waiting.shift(); upload; upload = waiting.shift()) {
      estimates.push(await estimateFile(upload, readerOf(upload, objects), contract.csv));
    }
  };
  await Promise.all(Array.from({ length: FILES_AT_ONCE }, lane));
  return together(estimates);
}

/** One file, read through whatever reads it. */
export async function estimateFile(
  { sizeBytes, compression }: Pick<Upload, 'sizeBytes' | 'compression'>,
  read: RangeReader,
  dialect: Contract['csv'],
): Promise<FileEstimate> {
  if (sizeBytes === 0) return empty;
  let reads = 0;
  const counting: RangeReader = (range) => {
    reads += 1;
    return read(range);
  };
  const sample = compression === 'gzip' ? sampleGzip : samplePlain;
  return { ...(await sample(counting, sizeBytes, dialect)), reads };
}

const empty: FileEstimate = {
  storedBytes: 0,
  textBytes: exactly(0),
  rows: exactly(0),
  columns: 0,
  rowSpread: 0,
  quotedShare: 0,
  multiLineShare: 0,
  unsplittableBytes: 0,
  longestTaskBytes: 0,
  reads: 0,
};

function readerOf({ input }: Upload, objects: ObjectStore): RangeReader {
  const [bucket = '', ...key] = input.slice('s3://'.length).split('/');
  return async (range) => (await objects.read({ bucket, key: key.join('/') }, range)) ?? new Uint8Array();
}
