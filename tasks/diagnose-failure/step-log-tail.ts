import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { ObjectRef, ObjectStore } from '../core/ports.ts';

const decompress = promisify(gunzip);
const MAX_LINES = 15;
const MAX_LENGTH = 2000;
/** A log that is larger is not fetched to read its last lines. */
const MAX_LOG_BYTES = 20_000_000;

/** The last lines of a step's standard error, which EMR copies to S3 within minutes; '' when it is not there (yet). */
export async function stepLogTail(log: ObjectRef, objects: ObjectStore): Promise<string> {
  const head = await objects.head(log);
  if (!head || head.sizeBytes > MAX_LOG_BYTES) return '';
  const compressed = await objects.read(log);
  if (!compressed) return '';
  const text = await decompress(compressed).then(
    (bytes) => bytes.toString('utf8'),
    () => '',
  );
  return text.trimEnd().split('\n').slice(-MAX_LINES).join('\n').slice(-MAX_LENGTH);
}

/** Where EMR copies a step's standard error to, under the LogUri of the state CreateCluster. */
export const stepLog = (artifactsBucket: string, clusterId: string, stepId: string): ObjectRef => ({
  bucket: artifactsBucket,
  key: `emr-logs/${clusterId}/steps/${stepId}/stderr.gz`,
});
