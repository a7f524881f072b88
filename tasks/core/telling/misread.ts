import type { Manifest } from '../manifest.ts';

/** Rules whose breach says that rows cannot be told apart: mended ones would not help. */
const MISREAD = new Set(['unclosed_quote', 'encoding']);

/** Whether the rows of an upload with these reasons could not be told apart, so that none of them can be mended. */
export const isMisread = (reasons: Manifest['uploads'][number]['reasons']): boolean =>
  reasons.some(({ rule }) => MISREAD.has(rule));
