import { gunzipSync, constants as zlib } from 'node:zlib';
import type { Upload } from '../../tasks/core/batch.ts';
import type { Contract } from '../../tasks/core/contract.ts';

type Dialect = Contract['csv'];

/** Of a file, for its header. */
export const HEAD_BYTES = 1024 * 1024;

/** The header's text as a file has it whose first bytes these are; the job has read it, so it is there. */
export function headerText(head: Uint8Array, compression: Upload['compression'], dialect: Dialect): string {
  // The end of a file of which there is only the beginning is missing.
  const bytes = compression === 'gzip' ? gunzipSync(head, { finishFlush: zlib.Z_SYNC_FLUSH }) : head;
  const text = new TextDecoder(encodingOf(bytes, dialect)).decode(bytes);
  const lineEnd = text.includes('\n') ? '\n' : '\r';
  const lines = text.split(lineEnd);
  let at = dialect.skipRows;
  while (dialect.comment && lines[at]?.startsWith(dialect.comment)) at += 1;
  let header = lines[at] ?? '';
  while (isOpen(header, dialect) && at + 1 < lines.length) {
    at += 1;
    header += lineEnd + lines[at];
  }
  return header.replace(/\r$/, '');
}

/** UTF-16 is told by its mark, else by the byte that is zero in digits, delimiters and line ends. */
function encodingOf(bytes: Uint8Array, { encoding }: Dialect): string {
  if (encoding !== 'UTF-16') return encoding;
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'UTF-16LE';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'UTF-16BE';
  const zeros = (odd: number): number =>
    bytes.filter((byte, index) => index % 2 === odd && byte === 0).length;
  return zeros(1) > zeros(0) ? 'UTF-16LE' : 'UTF-16BE';
}

/** Whether the record goes on behind its line end. */
function isOpen(record: string, { multiLine, quote, escape: escaping }: Dialect): boolean {
  if (!multiLine || quote === null) return false;
  const bare =
    escaping && escaping !== quote
      ? record.replaceAll(escaping + escaping, '').replaceAll(escaping + quote, '')
      : record;
  return (bare.split(quote).length - 1) % 2 === 1;
}
