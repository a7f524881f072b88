import { createGunzip } from 'node:zlib';
import type { ObjectRef, ObjectStore } from '../core/ports.ts';

const MAX_LINES = 15;
const MAX_LENGTH = 2000;
/** A log that is larger is not fetched to read its last lines. */
const MAX_LOG_BYTES = 20_000_000;

/** The last lines of a step's standard error, which EMR copies to S3 within minutes; '' when it is not there (yet). */
export async function stepLogTail(log: ObjectRef, objects: ObjectStore): Promise<string> {
  const head = await objects.head(log);
  if (!head || head.sizeBytes > MAX_LOG_BYTES) return '';
  const compressed = await objects.open(log);
  if (!compressed) return '';
  let text = '';
  try {
    // A log of some megabytes is hundreds of them when decompressed: its end alone is kept.
    const lines = compressed.pipe(createGunzip()).setEncoding('utf8');
    compressed.once('error', (error) => lines.destroy(error));
    for await (const chunk of lines) text = `${text}${chunk}`.slice(-2 * MAX_LENGTH);
  } catch {
    return '';
  }
  return text.trimEnd().split('\n').slice(-MAX_LINES).join('\n').slice(-MAX_LENGTH);
}

/** Where EMR copies a step's standard error to, under the LogUri of the state CreateCluster. */
export const stepLog = (artifactsBucket: string, clusterId: string, stepId: string): ObjectRef => ({
  bucket: artifactsBucket,
  key: `emr-logs/${clusterId}/steps/${stepId}/stderr.gz`,
});
