/** Of the source bucket. No dataset's name begins with `_`. */
const FOLDER = '_mended';
const KEY = new RegExp(`^${FOLDER}/([a-z][a-z0-9_-]{0,62})/([0-9a-f]{32})/[^/]+$`);

/** How the key of a file of mended rows is written, for people. */
export const MENDED_KEY_FORM = `${FOLDER}/DATASET/UPLOAD/NAME.csv`;

/** Whether whoever chose the key meant a file of mended rows. */
export const isMeantToMend = (key: string): boolean => key.startsWith(`${FOLDER}/`);

/** Where a file of mended rows of an upload goes; another one under the same name takes its place. */
export const mendedKey = (dataset: string, uploadId: string, name: string): string =>
  `${FOLDER}/${dataset}/${uploadId}/${name}`;

/** The upload whose mended rows an object of the source bucket has; null: it is none of these. */
export function mendedUpload(key: string): { dataset: string; uploadId: string } | null {
  const [, dataset, uploadId] = KEY.exec(key) ?? [];
  return dataset && uploadId ? { dataset, uploadId } : null;
}
