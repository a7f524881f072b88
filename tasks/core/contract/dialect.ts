import { type Contract, ENCODINGS } from '../contract.ts';
import { type Place, quoted } from './place.ts';

export const defaultDialect: Contract['csv'] = {
  delimiter: ',',
  quote: '"',
  escape: '"',
  encoding: 'UTF-8',
  header: true,
  nulls: [''],
  multiLine: false,
  skipRows: 0,
  comment: null,
  decimalComma: false,
};

/** Reads the custom property `csv`; what it leaves out is `defaultDialect`. */
export function readDialect(place: Place | undefined): Contract['csv'] {
  if (place === undefined) return defaultDialect;
  const entries = place.entries([
    'delimiter',
    'quote',
    'escape',
    'encoding',
    'header',
    'nulls',
    'multiLine',
    'skipRows',
    'comment',
    'decimalComma',
  ]);
  const delimiterPlace = entries.get('delimiter');
  const quotePlace = entries.get('quote');
  const escapePlace = entries.get('escape');
  const commentPlace = entries.get('comment');
  const nullsPlace = entries.get('nulls');
  const nulls = nullsPlace?.items() ?? [];

  const quote = quotePlace === undefined ? defaultDialect.quote : readCharacter(quotePlace, true);
  const dialect: Contract['csv'] = {
    delimiter: (delimiterPlace && readCharacter(delimiterPlace, false)) ?? defaultDialect.delimiter,
    quote,
    escape: escapePlace === undefined ? quote : readCharacter(escapePlace, true),
    encoding: entries.get('encoding')?.choice(ENCODINGS) ?? defaultDialect.encoding,
    header: entries.get('header')?.boolean() ?? defaultDialect.header,
    nulls: nullsPlace === undefined ? defaultDialect.nulls : nulls.flatMap((token) => token.string() ?? []),
    multiLine: entries.get('multiLine')?.boolean() ?? defaultDialect.multiLine,
    skipRows:
      entries
        .get('skipRows')
        ?.number(
          'a count of lines',
          (value) => Number.isSafeInteger(value) && value >= 0,
          'Count the lines before the header.',
        ) ?? defaultDialect.skipRows,
    comment: commentPlace === undefined ? defaultDialect.comment : readCharacter(commentPlace, true),
    decimalComma: entries.get('decimalComma')?.boolean() ?? defaultDialect.decimalComma,
  };

  const { delimiter, escape: escapeCharacter, comment } = dialect;
  const clash = (place: Place | undefined, a: string, b: string): void =>
    (place ?? delimiterPlace)?.report(`${a} that is not the ${b}`, 'Choose another character.');
  if (quote === delimiter) clash(quotePlace, 'a quote', 'delimiter');
  if (escapeCharacter === delimiter) clash(escapePlace, 'an escape', 'delimiter');
  if (comment !== null && comment === delimiter) clash(commentPlace, 'a comment', 'delimiter');
  if (comment !== null && comment === quote) clash(commentPlace, 'a comment', 'quote');
  if (quote === null && escapeCharacter !== null) {
    escapePlace?.report('no escape where there is no quote', 'Remove it, or name the quote.');
  }
  for (const token of nulls) {
    const text = token.isString ? (token.string() ?? '') : '';
    if (text.includes(delimiter) || (quote !== null && text.includes(quote)) || /[\r\n]/.test(text)) {
      token.report(
        'a text that fits into an unquoted field',
        'It holds the delimiter, a quote or a line end: remove it.',
      );
    }
  }
  return dialect;
}

/** One character that can stand in a line; null where the contract says so, and after a report. */
function readCharacter(place: Place, nullable: boolean): string | null {
  if (nullable && place.isNull) return null;
  const text = place.string('Give one character in quotes.');
  if (text === undefined) return null;
  if (text.length === 1 && !/[\r\n\0]/.test(text)) return text;
  place.report(
    'one character that is no line end',
    'Give one character in quotes, a tab as "\\t".',
    quoted(text),
  );
  return null;
}
