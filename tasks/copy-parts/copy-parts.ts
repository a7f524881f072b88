import type * as z from 'zod';
import { uploadSessionKey } from '../core/folders/folders.ts';
import { refOf } from '../core/folders/ref-of.ts';
import { type RunFolders, readManifest } from '../core/folders/run-folders.ts';
import { type CopyWorld, copyPart, type PartToCopy } from './copy-part.ts';
import type { inputSchema } from './input.ts';

export type CopyPartsWorld = CopyWorld & RunFolders;

const PARALLEL_COPIES = 4;

/**
 * Copies parts of an attempt's change set from S3 to Cloud Storage.
 * @throws TidegateError as `copyPart` does.
 */
export async function copyParts(input: z.output<typeof inputSchema>, world: CopyPartsWorld) {
  const { dataset, runId, attempt, firstPart, lastPart } = input;
  const manifest = await readManifest(input, world);
  const waiting = manifest.changes.parts.slice(firstPart, lastPart + 1).map(
    ({ path, bytes }, index): PartToCopy => ({
      source: refOf(path),
      sizeBytes: bytes,
      sessionAt: {
        bucket: world.destinationBucket,
        key: uploadSessionKey(dataset, runId, attempt, firstPart + index),
      },
    }),
  );
  const done = { copied: 0, skipped: 0, bytes: 0 };
  const copyNext = async (): Promise<void> => {
    for (let part = waiting.shift(); part; part = waiting.shift()) {
      const copied = await copyPart(part, world);
      done[copied ? 'copied' : 'skipped'] += 1;
      done.bytes += part.sizeBytes;
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_COPIES }, copyNext));
  return done;
}
