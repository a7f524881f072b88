/** Columns of the terminal that all output fits into. */
export const WIDTH = 80;

/** A table of text: its last column is cut where it would not fit. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  // Figures stand better at the right.
  const atRight = header.map((_, column) => rows.every((row) => /^-?[\d,.]*( s)?$/.test(row[column] ?? '')));
  const line = (row: readonly string[]): string =>
    `  ${row
      .map((cell, column) =>
        atRight[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')}`.trimEnd();
  const rule = widths.map((columnWidth) => '─'.repeat(columnWidth));
  return [line(header), line(rule), ...rows.map(line)].map((text) => cut(text, WIDTH)).join('\n');
}

/** The text, with its end replaced by `…` where it is longer than that. */
export const cut = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length - 1)}…` : text;

export const count = (value: number): string => value.toLocaleString('en-US');

export const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;
