import type { Batch } from '../../core/batch.ts';
import type { Contract } from '../../core/contract.ts';
import { refOf } from '../../core/folders/ref-of.ts';
import type { ObjectStore } from '../../core/ports.ts';
import { type FileEstimate, plainText, type RangeReader, together } from './file-estimate.ts';
import { sampleGzip } from './sample-gzip.ts';
import { samplePlain } from './sample-plain.ts';
import { MAX_FILE_TEXT_BYTES, textShares } from './text-shares.ts';

/** So many files are looked into at once: each takes up to 3 MiB of memory, for the blocks that are read of it at once. */
const FILES_AT_ONCE = 8;

export type Upload = Pick<Batch['uploads'][number], 'input' | 'sizeBytes' | 'compression'>;

/** A file, and what reads it. */
export interface Source extends Pick<Upload, 'sizeBytes' | 'compression'> {
  read: RangeReader;
}

/** What a batch will cost to process, told from samples of each of its files. */
export async function estimate(
  uploads: readonly Upload[],
  contract: Pick<Contract, 'csv'>,
  objects: ObjectStore,
): Promise<FileEstimate> {
  const sources = uploads.map((upload) => ({ ...upload, read: readerOf(upload, objects) }));
  return estimateFiles(sources, contract.csv);
}

/** Several files as one: the more there are, the less is read of each. */
export async function estimateFiles(
  sources: readonly Source[],
  dialect: Contract['csv'],
): Promise<FileEstimate> {
  const estimates: FileEstimate[] = [];
  const waiting = textShares(sources);
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { file, textBytes } = next;
      estimates.push(await estimateFile(file, file.read, dialect, textBytes));
    }
  };
  await Promise.all(Array.from({ length: FILES_AT_ONCE }, lane));
  return together(estimates);
}

/** One file, of which so much text is looked at. */
export async function estimateFile(
  { sizeBytes, compression }: Pick<Upload, 'sizeBytes' | 'compression'>,
  read: RangeReader,
  dialect: Contract['csv'],
  maxTextBytes = MAX_FILE_TEXT_BYTES,
): Promise<FileEstimate> {
  if (sizeBytes === 0) return plainText(0, 0);
  let reads = 0;
  const counting: RangeReader = (range) => {
    reads += 1;
    return read(range);
  };
  const sample = compression === 'gzip' ? sampleGzip : samplePlain;
  return { ...(await sample(counting, sizeBytes, dialect, maxTextBytes)), reads };
}

function readerOf({ input }: Upload, objects: ObjectStore): RangeReader {
  return async (range) => (await objects.read(refOf(input), range)) ?? new Uint8Array();
}
