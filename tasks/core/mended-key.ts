/** Of the source bucket. No dataset's name begins with `_`. */
const FOLDER = '_mended';
const KEY = new RegExp(`^${FOLDER}/([a-z][a-z0-9_-]{0,62})/([0-9a-f]{32})/[^/]+$`);

/** Where a file of mended rows of an upload goes; another one under the same name takes its place. */
export const mendedKey = (dataset: string, uploadId: string, name: string): string =>
  `${FOLDER}/${dataset}/${uploadId}/${name}`;

/** The upload whose mended rows an object of the source bucket has; null: it is none of these. */
export function mendedUpload(key: string): { dataset: string; uploadId: string } | null {
  const [, dataset, uploadId] = KEY.exec(key) ?? [];
  return dataset && uploadId ? { dataset, uploadId } : null;
}
