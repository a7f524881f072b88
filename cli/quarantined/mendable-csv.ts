import { parquetReadObjects } from 'hyparquet';
import type { Contract } from '../../tasks/core/contract.ts';

/** A row of the quarantine, as the Spark job writes it. */
interface QuarantinedRow {
  _upload_id: string;
  _row: bigint;
  _raw: string;
  reasons: { rule: string; column: string | null; value: string | null }[];
}

/** Of a value, and of what the contract says, that a reason tells. */
const MAX_VALUE_LENGTH = 60;
const MAX_RULE_LENGTH = 100;

/** The header of a file of rows to mend: `_row` and `_reasons`, and then the upload's own. */
export const mendableHeader = (header: string, { delimiter }: Contract['csv']): string =>
  `${['_row', '_reasons', header].join(delimiter)}\n`;

/** The rows of one upload in a part of the quarantine, each as it stood in the file, in the form of that header. */
export async function mendableRows(
  part: Uint8Array,
  uploadId: string,
  contract: Contract,
): Promise<string[]> {
  const file = part.buffer.slice(part.byteOffset, part.byteOffset + part.byteLength) as ArrayBuffer;
  const columns = ['_upload_id', '_row', '_raw', 'reasons'];
  const rows = (await parquetReadObjects({ file, columns })) as unknown as QuarantinedRow[];
  return rows
    .filter((row) => row._upload_id === uploadId)
    .sort((a, b) => (a._row < b._row ? -1 : 1))
    .map((row) => `${[row._row, told(row.reasons, contract), row._raw].join(contract.csv.delimiter)}\n`);
}

/** The rule with its bound, values or condition, as the contract has them. */
function ruleTold(rule: string, column: string | null, { columns, rowRules }: Contract): string {
  if (column === null) {
    const predicate = rowRules.find(({ name }) => name === rule)?.predicate;
    return predicate === undefined ? rule : `${rule} (${shortened(predicate)})`;
  }
  const of = columns.find(({ name }) => name === column);
  if (rule.startsWith('type ') && of?.format) return `${rule} in the form ${of.format}`;
  if (rule === 'enumeration') return `validValues ${shortened(of?.rules.enumeration?.join(', ') ?? '')}`;
  const bound = Object.entries(of?.rules ?? {}).find(([name]) => name === rule)?.[1];
  return bound === undefined ? rule : `${rule} ${shortened(String(bound))}`;
}

const shortened = (text: string): string =>
  text.length > MAX_RULE_LENGTH ? `${text.slice(0, MAX_RULE_LENGTH)}...` : text;

/** Reasons as one field that holds no quote and no line break, and no delimiter where there are no quotes. */
function told(reasons: QuarantinedRow['reasons'], contract: Contract): string {
  const { quote, escape: escaping, delimiter } = contract.csv;
  const text = reasons
    .map(({ rule, column, value }) => {
      const expected = ruleTold(rule, column, contract);
      if (column === null) return expected;
      return `${column}: ${expected}; came ${value === null ? 'nothing' : value.slice(0, MAX_VALUE_LENGTH)}`;
    })
    .join(' | ');
  const forbidden = new Set(['\r', '\n', quote, escaping, ...(quote === null ? [delimiter] : [])]);
  const plain = [...text].map((character) => (forbidden.has(character) ? ' ' : character)).join('');
  return quote === null ? plain : `${quote}${plain}${quote}`;
}
