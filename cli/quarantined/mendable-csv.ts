import { parquetReadObjects } from 'hyparquet';
import type { Contract } from '../../tasks/core/contract.ts';

/** A row of the quarantine, as the Spark job writes it. */
interface QuarantinedRow {
  _upload_id: string;
  _row: bigint;
  _raw: string;
  reasons: { rule: string; column: string | null; value: string | null }[];
}

/** Of a value that a reason tells. */
const MAX_VALUE_LENGTH = 60;

/** The header of a file of rows to mend: `_row` and `_reasons`, and then the upload's own. */
export const mendableHeader = (header: string, { delimiter }: Contract['csv']): string =>
  `${['_row', '_reasons', header].join(delimiter)}\n`;

/** The rows of one upload in a part of the quarantine, each as it stood in the file, in the form of that header. */
export async function mendableRows(
  part: Uint8Array,
  uploadId: string,
  dialect: Contract['csv'],
): Promise<string[]> {
  const file = part.buffer.slice(part.byteOffset, part.byteOffset + part.byteLength) as ArrayBuffer;
  const columns = ['_upload_id', '_row', '_raw', 'reasons'];
  const rows = (await parquetReadObjects({ file, columns })) as unknown as QuarantinedRow[];
  return rows
    .filter((row) => row._upload_id === uploadId)
    .sort((a, b) => (a._row < b._row ? -1 : 1))
    .map((row) => `${[row._row, told(row.reasons, dialect), row._raw].join(dialect.delimiter)}\n`);
}

/** Reasons as one field that holds no quote and no line break, and no delimiter where there are no quotes. */
function told(
  reasons: QuarantinedRow['reasons'],
  { quote, escape: escaping, delimiter }: Contract['csv'],
): string {
  const text = reasons
    .map(({ rule, column, value }) => {
      if (column === null) return rule;
      return `${column}: ${rule}; came ${value === null ? 'nothing' : value.slice(0, MAX_VALUE_LENGTH)}`;
    })
    .join(' | ');
  const forbidden = new Set(['\r', '\n', quote, escaping, ...(quote === null ? [delimiter] : [])]);
  const plain = [...text].map((character) => (forbidden.has(character) ? ' ' : character)).join('');
  return quote === null ? plain : `${quote}${plain}${quote}`;
}
