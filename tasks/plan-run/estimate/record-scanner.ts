import type { Contract } from '../../core/contract.ts';

type Dialect = Contract['csv'];

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
/** No byte is this one. */
const NONE = -1;

const FIELD_START = 0;
const UNQUOTED = 1;
const QUOTED = 2;
/** After a quote inside quotes: either the end of the field, or the first of two that mean one. */
const QUOTE_IN_QUOTES = 3;
const ESCAPED = 4;

/**
 * Counts the records of CSV text that comes in pieces. A text that begins in the middle of a file may begin inside
 * quotes: `score` tells how well what followed agrees with the state it was told to begin in.
 */
export class RecordScanner {
  bytes = 0;
  /** Records whose end was seen; blank lines and comments are none. */
  records = 0;
  /** Of those, the ones with a line end inside quotes. */
  multiLineRecords = 0;
  quotedBytes = 0;
  /** Sums over the bytes of the records that were seen whole. */
  wholeRecords = 0;
  widthSum = 0;
  squaredWidthSum = 0;
  /** Delimiters of the first whole record behind what is skipped; null before its end. */
  firstDelimiters: number | null = null;
  score = 0;
  /** Quotes where none may be: inside an unquoted field, or followed by more of it. */
  violations = 0;

  readonly #delimiter: number;
  readonly #quote: number;
  readonly #escape: number;
  readonly #comment: number;
  readonly #multiLine: boolean;
  readonly #skipRows: number;
  readonly #lineEnd: number;
  readonly #expectedDelimiters: number | null;
  #state: number;
  #whole: boolean;
  /** Of the record that goes on into the next piece. */
  #width = 0;
  #last: number | undefined = undefined;
  #delimiters = 0;
  #innerLines = 0;
  #comments = false;
  /** Where the last quoted or unquoted stretch began, and the longest of those that ended. */
  #stretchStart = 0;
  #longestQuoted = 0;
  #longestUnquoted = 0;

  constructor(
    dialect: Dialect,
    {
      lineEnd = LINE_FEED,
      insideQuotes = false,
      atRecordStart = true,
      expectedDelimiters = null,
    }: {
      lineEnd?: number;
      insideQuotes?: boolean;
      atRecordStart?: boolean;
      expectedDelimiters?: number | null;
    } = {},
  ) {
    this.#delimiter = byteOf(dialect.delimiter);
    this.#quote = byteOf(dialect.quote);
    this.#escape = dialect.escape === dialect.quote ? NONE : byteOf(dialect.escape);
    this.#comment = byteOf(dialect.comment);
    this.#multiLine = dialect.multiLine;
    this.#skipRows = dialect.skipRows;
    this.#lineEnd = lineEnd;
    this.#expectedDelimiters = expectedDelimiters;
    this.#state = insideQuotes ? QUOTED : FIELD_START;
    this.#whole = atRecordStart;
  }

  /** Columns of that record; 0 before its end. */
  get columns(): number {
    return this.firstDelimiters === null ? 0 : this.firstDelimiters + 1;
  }

  /** Bytes of the longest quoted text, and of the longest text without one, whether or not their ends were seen. */
  get longestQuoted(): number {
    return Math.max(this.#longestQuoted, this.#isQuoted ? this.bytes - this.#stretchStart : 0);
  }

  get longestUnquoted(): number {
    return Math.max(this.#longestUnquoted, this.#isQuoted ? 0 : this.bytes - this.#stretchStart);
  }

  get #isQuoted(): boolean {
    return this.#state >= QUOTED;
  }

  push(text: Uint8Array): void {
    const [delimiter, quote, escaping, lineEnd] = [this.#delimiter, this.#quote, this.#escape, this.#lineEnd];
    let state = this.#state;
    let start = -this.#width;
    let quotedBytes = 0;
    for (let at = 0; at < text.length; at += 1) {
      const byte = text[at] as number;
      if (byte === lineEnd && (state !== QUOTED || !this.#multiLine)) {
        if (state === QUOTE_IN_QUOTES) this.score += 1;
        if (state >= QUOTED) this.#closeQuotes(at);
        this.#endRecord(at - start, at > 0 ? text[at - 1] : this.#last);
        state = FIELD_START;
        start = at + 1;
        continue;
      }
      if (at === start && byte === this.#comment) this.#comments = true;
      switch (state) {
        case QUOTED:
          quotedBytes += 1;
          if (byte === quote) state = QUOTE_IN_QUOTES;
          else if (byte === escaping) state = ESCAPED;
          else if (byte === lineEnd) this.#innerLines += 1;
          break;
        case ESCAPED:
          quotedBytes += 1;
          state = QUOTED;
          break;
        case QUOTE_IN_QUOTES:
          if (byte === delimiter) {
            this.score += 1;
            this.#delimiters += 1;
            this.#closeQuotes(at);
            state = FIELD_START;
          } else if (byte === quote) {
            state = QUOTED;
          } else {
            if (byte !== CARRIAGE_RETURN) this.#violate();
            this.#closeQuotes(at);
            state = UNQUOTED;
          }
          break;
        default:
          if (byte === delimiter) {
            this.#delimiters += 1;
            state = FIELD_START;
          } else if (byte === quote && state === FIELD_START) {
            this.#openQuotes(at);
            state = QUOTED;
          } else {
            if (byte === quote) this.#violate();
            state = UNQUOTED;
          }
      }
    }
    this.#state = state;
    this.#width = text.length - start;
    this.#last = text.at(-1) ?? this.#last;
    this.quotedBytes += quotedBytes;
    this.bytes += text.length;
  }

  /** A last record needs no line end. */
  end(): void {
    if (this.#width > 0) this.#endRecord(this.#width, this.#last);
    this.#width = 0;
  }

  #violate(): void {
    this.violations += 1;
    this.score -= 3;
  }

  #openQuotes(at: number): void {
    this.#longestUnquoted = Math.max(this.#longestUnquoted, this.bytes + at - this.#stretchStart);
    this.#stretchStart = this.bytes + at;
  }

  #closeQuotes(at: number): void {
    this.#longestQuoted = Math.max(this.#longestQuoted, this.bytes + at - this.#stretchStart);
    this.#stretchStart = this.bytes + at;
  }

  #endRecord(width: number, last: number | undefined): void {
    const blank = width === 0 || (width === 1 && last === CARRIAGE_RETURN);
    if (!blank && !this.#comments) {
      this.records += 1;
      if (this.#innerLines > 0) this.multiLineRecords += 1;
      if (this.#whole) this.#endWholeRecord(width + 1);
    }
    this.#whole = true;
    this.#delimiters = 0;
    this.#innerLines = 0;
    this.#comments = false;
  }

  #endWholeRecord(width: number): void {
    this.wholeRecords += 1;
    this.widthSum += width;
    this.squaredWidthSum += width * width;
    if (this.wholeRecords > this.#skipRows) this.firstDelimiters ??= this.#delimiters;
    if (this.#expectedDelimiters !== null) {
      this.score += this.#delimiters === this.#expectedDelimiters ? 1 : -2;
    }
  }
}

function byteOf(character: string | null): number {
  const code = character?.charCodeAt(0) ?? NONE;
  return code < 128 ? code : NONE;
}
