import type { Manifest } from '../core/manifest.ts';
import { counted } from '../core/telling/counted.ts';

const COUNTS = ['read', 'kept', 'quarantined', 'current', 'superseded'] as const;
type Counts = Record<(typeof COUNTS)[number], number>;

/**
 * All that does not add up between a manifest and the sizes of the files that are there (by URI); empty: it does.
 */
export function contradictions(manifest: Manifest, sizes: ReadonlyMap<string, number>): string[] {
  const found: string[] = [];
  const loaded = manifest.uploads.filter(({ outcome }) => outcome === 'LOADED');
  unbalanced('the run', manifest.rows, found);
  for (const upload of loaded) unbalanced(`upload ${upload.uploadId}`, upload, found);
  for (const count of COUNTS) {
    const sum = loaded.reduce((total, upload) => total + upload[count], 0);
    if (sum !== manifest.rows[count]) {
      found.push(
        `The manifest counts ${manifest.rows[count]} rows ${count}, but those of its uploads add up to ${sum}.`,
      );
    }
  }
  const parts = [
    ['change set', manifest.changes.parts, manifest.rows.current],
    ['quarantine', manifest.quarantine.parts, manifest.rows.quarantined],
    ...(manifest.exports ? [['export', manifest.exports.parts, manifest.rows.current] as const] : []),
  ] as const;
  for (const [name, files, expectedRows] of parts) {
    const rows = files.reduce((total, part) => total + part.rows, 0);
    // Rejected uploads leave quarantined rows for people to read that no total counts.
    if (name === 'quarantine' ? rows < expectedRows : rows !== expectedRows) {
      found.push(`The parts of the ${name} hold ${counted(rows, 'row')}, expected ${expectedRows}.`);
    }
    for (const { path, bytes } of files) {
      const size = sizes.get(path);
      if (size === undefined) found.push(`${path} is missing.`);
      else if (size !== bytes) found.push(`${path} has ${counted(size, 'byte')}, expected ${bytes}.`);
    }
  }
  return found;
}

function unbalanced(whose: string, rows: Counts, found: string[]): void {
  if (rows.read !== rows.kept + rows.quarantined) {
    found.push(`In ${whose}, read ${rows.read} is not kept ${rows.kept} + quarantined ${rows.quarantined}.`);
  }
  if (rows.kept !== rows.current + rows.superseded) {
    found.push(
      `In ${whose}, kept ${rows.kept} is not current ${rows.current} + superseded ${rows.superseded}.`,
    );
  }
}
