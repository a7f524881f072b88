import { posix } from 'node:path';
import { refOf } from '../core/folders/ref-of.ts';
import type { PartStore } from '../core/google-ports.ts';
import type { Manifest } from '../core/manifest.ts';

/** A load job takes so many (Google Cloud: BigQuery, "Quotas and limits"). */
const MAX_URIS = 10_000;

/**
 * The URIs that a load job reads a change set's parts by: their own, or, of more than it takes, those of all that is in
 * their folders. Nothing but parts was copied there, and the merge counts the rows.
 */
export function sourceUris(changes: Manifest['changes'], parts: PartStore): string[] {
  const keys = changes.parts.map(({ path }) => refOf(path).key);
  const named = keys.length <= MAX_URIS ? keys : new Set(keys.map((key) => `${posix.dirname(key)}/*`));
  return [...named].map((key) => parts.uri(key));
}
