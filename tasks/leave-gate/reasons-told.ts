import type { Manifest } from '../core/manifest.ts';

type Reason = Manifest['uploads'][number]['reasons'][number];

/** A notice tells of many uploads in the 256 KiB of an SNS message, and a person reads far less. */
const MAX_REASONS_TOLD = 20;
const MAX_REJECTION_LENGTH = 2000;

/** Which rules an upload's rows broke, how often, and where first: a line for each. */
export function reasonLines(reasons: readonly Reason[], maxLength = Number.POSITIVE_INFINITY): string[] {
  const lines: string[] = [];
  let length = 0;
  for (const { count, message, example } of reasons) {
    const line = `  ${count} x ${message}${example.row === null ? '' : ` (first in row ${example.row})`}`;
    length += line.length;
    if (lines.length === MAX_REASONS_TOLD || length > maxLength) break;
    lines.push(line);
  }
  const untold = reasons.length - lines.length;
  return untold > 0 ? [...lines, `  and ${untold} more`] : lines;
}

/** Why an upload was rejected: the first reason is the file's as a whole, the others are those of its rows. */
export const rejection = ([whole, ...ofRows]: readonly Reason[]): string =>
  [cut(whole?.message ?? ''), ...reasonLines(ofRows, MAX_REJECTION_LENGTH)].join('\n');

/** What is no CSV may have a header of any length. */
const cut = (message: string): string =>
  message.length > MAX_REJECTION_LENGTH ? `${message.slice(0, MAX_REJECTION_LENGTH)} [cut]` : message;
