import { parquetReadObjects } from 'hyparquet';
import type { Contract } from '../tasks/core/contract.ts';
import type { Manifest } from '../tasks/core/manifest.ts';

type Dialect = Contract['csv'];
/** What a run counted of an upload. */
type Counts = Manifest['uploads'][number];

/** A row of the quarantine, as the Spark job writes it. */
interface QuarantinedRow {
  _upload_id: string;
  _row: bigint;
  _raw: string;
  reasons: { rule: string; column: string | null; value: string | null }[];
}

/** Of a value, that a reason tells. */
const MAX_VALUE_LENGTH = 60;

/** The header of a file of rows to mend: `_row` and `_reasons`, and then the upload's own. */
export const mendableHeader = (header: string, { delimiter }: Dialect): string =>
  `${['_row', '_reasons', header].join(delimiter)}\n`;

/** A row by its number in the file, and as a line of a file of rows to mend. */
export interface MendableRow {
  row: bigint;
  line: string;
}

/** The rows of one upload in a part of the quarantine, each as it stood in the file, in the form of that header. */
export async function mendableRows(
  part: Uint8Array,
  { uploadId, reasons: counted }: Counts,
  dialect: Dialect,
): Promise<MendableRow[]> {
  const file = part.buffer.slice(part.byteOffset, part.byteOffset + part.byteLength) as ArrayBuffer;
  const columns = ['_upload_id', '_row', '_raw', 'reasons'];
  const rows = (await parquetReadObjects({ file, columns })) as unknown as QuarantinedRow[];
  return rows
    .filter((row) => row._upload_id === uploadId)
    .map(({ _row: row, reasons, _raw: raw }) => ({
      row,
      line: `${[row, told(reasons, counted, dialect), raw].join(dialect.delimiter)}\n`,
    }));
}

/** Reasons as one field that holds no quote and no line break, and no delimiter where there are no quotes. */
function told(
  reasons: QuarantinedRow['reasons'],
  counted: Counts['reasons'],
  { quote, escape: escaping, delimiter }: Dialect,
): string {
  const text = reasons.map((reason) => reasonTold(reason, counted)).join(' | ');
  const forbidden = new Set(['\r', '\n', quote, escaping, ...(quote === null ? [delimiter] : [])]);
  const plain = [...text].map((character) => (forbidden.has(character) ? ' ' : character)).join('');
  return quote === null ? plain : `${quote}${plain}${quote}`;
}

/** What the rule means is told by what was counted of it. */
function reasonTold(
  { rule, column, value }: QuarantinedRow['reasons'][number],
  counted: Counts['reasons'],
): string {
  const meaning = counted.find((one) => one.meaning && one.rule === rule && one.column === column)?.meaning;
  if (column === null) return meaning ?? rule;
  const came = value === null ? 'nothing' : value.slice(0, MAX_VALUE_LENGTH);
  return `${meaning ?? `${column}: ${rule}`}; found ${came}`;
}
