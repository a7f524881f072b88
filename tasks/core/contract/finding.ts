/** One mistake in a contract: where it stands, what was expected, what is there, and what to do about it. */
export type Finding = {
  readonly file: string;
  /** Counted from 1, as are columns. */
  readonly line: number;
  readonly column: number;
  /** Where in the document: `schema[0].properties[2].logicalType`; empty for the document itself. */
  readonly path: string;
  readonly expected: string;
  readonly found: string;
  readonly remedy: string;
};

/** A finding as compilers print them, one line: editors jump to `file:line:column`. */
export function formatFinding(finding: Finding): string {
  const { file, line, column, path, expected, found, remedy } = finding;
  const place = path === '' ? '' : `${path}: `;
  return `${file}:${line}:${column}: ${place}expected ${expected}, found ${found}. ${remedy}`;
}

/** In the order of the text. */
export function compareFindings(a: Finding, b: Finding): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}
