import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
  visit,
} from 'yaml';
import { compareFindings, type Finding } from './finding.ts';
import { nearestName } from './nearest-name.ts';

/**
 * A YAML text under reading. Readers go on after a mistake, so that one check tells all of them: a value that is not
 * what it should be is reported here and read as undefined.
 */
export class YamlText {
  readonly file: string;
  readonly #document: Document;
  readonly #lines = new LineCounter();
  readonly #findings: Finding[] = [];

  constructor(file: string, text: string) {
    this.file = file;
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
    for (const { pos, code, message } of [...this.#document.errors, ...this.#document.warnings]) {
      if (code === 'MULTIPLE_DOCS') {
        this.reportAt(pos[0], '', 'one YAML document', 'a second', 'Remove this --- and what follows it.');
      } else {
        const found = `an error: ${lowerFirst(message)}`;
        this.reportAt(pos[0], '', 'a YAML document', found, 'Mend the YAML first.');
      }
    }
    visit(this.#document, {
      Alias: (_, alias) => {
        if (alias.resolve(this.#document) !== undefined) return;
        const expected = `an anchor &${alias.source} before it`;
        this.reportAt(
          alias.range?.[0] ?? 0,
          '',
          expected,
          'none',
          'Put quotes around a text that begins with *.',
        );
      },
    });
  }

  /** The whole document, or undefined if it is no YAML (then `findings` says why). */
  root(): Place | undefined {
    if (this.#findings.length > 0) return undefined;
    return new Place(this, this.#document.contents ?? null, '', 0);
  }

  /** Everything reported so far, in the order of the text. */
  findings(): Finding[] {
    return this.#findings.toSorted(compareFindings);
  }

  get flawless(): boolean {
    return this.#findings.length === 0;
  }

  resolve(node: Node | null): Node | null {
    return isAlias(node) ? (node.resolve(this.#document) ?? null) : node;
  }

  reportAt(offset: number, path: string, expected: string, found: string, remedy: string): void {
    const { line, col } = this.#lines.linePos(offset);
    // An empty text has no line starts at all, which the counter answers with line 0.
    const place = { line: Math.max(line, 1), column: Math.max(col, 1) };
    this.#findings.push({ file: this.file, ...place, path, expected, found, remedy });
  }
}

/** A value in the text and the path to it. Its readers report what does not fit and then answer undefined. */
export class Place {
  readonly path: string;
  readonly #text: YamlText;
  readonly #node: Node | null;
  readonly #offset: number;

  /** @param fallbackOffset where an absent value would stand */
  constructor(text: YamlText, node: Node | null, path: string, fallbackOffset: number) {
    this.#text = text;
    this.#node = text.resolve(node);
    this.path = path;
    this.#offset = node?.range?.[0] ?? fallbackOffset;
  }

  report(expected: string, remedy: string, found = this.describe()): void {
    this.#text.reportAt(this.#offset, this.path, expected, found, remedy);
  }

  /** What stands here, for a message. */
  describe(): string {
    const node = this.#node;
    if (isMap(node)) return 'a mapping';
    if (isSeq(node)) return 'a list';
    if (!isScalar(node) || node.value === null) return 'nothing';
    if (typeof node.value === 'string') return quoted(node.value);
    return `the ${typeof node.value} ${node.source ?? String(node.value)}`;
  }

  string(remedy = 'Give a text; put quotes around what YAML reads as something else.'): string | undefined {
    const value = this.#scalar()?.value;
    if (typeof value === 'string') return value;
    this.report('text', remedy);
    return undefined;
  }

  boolean(): boolean | undefined {
    const value = this.#scalar()?.value;
    if (typeof value === 'boolean') return value;
    this.report('true or false', 'Write true or false without quotes.');
    return undefined;
  }

  number(expected: string, accepts: (value: number) => boolean, remedy: string): number | undefined {
    const value = this.#scalar()?.value;
    if (typeof value === 'number' && accepts(value)) return value;
    this.report(expected, remedy);
    return undefined;
  }

  /** A number as its plain decimal text, exact beyond what a double holds. */
  decimalText(): string | undefined {
    const scalar = this.#scalar();
    const source = scalar?.source ?? '';
    const parts = /^([-+]?)0*(\d+?)(?:\.(\d*?)0*)?$/.exec(source);
    if (typeof scalar?.value !== 'number' || parts === null) {
      this.report('a number in plain decimals', 'Write it out as in 12.5, without quotes or an exponent.');
      return undefined;
    }
    const [, sign, whole = '0', fraction = ''] = parts;
    const magnitude = fraction === '' ? whole : `${whole}.${fraction}`;
    return sign === '-' && magnitude !== '0' ? `-${magnitude}` : magnitude;
  }

  choice<const Choice extends string>(choices: readonly Choice[], remedy?: string): Choice | undefined {
    const value = this.#scalar()?.value;
    const chosen = choices.find((choice) => choice === value);
    if (chosen !== undefined) return chosen;
    const nearest = typeof value === 'string' ? nearestName(value, choices) : undefined;
    const guess = nearest === undefined ? 'Choose one of these.' : `Did you mean ${nearest}?`;
    this.report(oneOf(choices), remedy ?? guess);
    return undefined;
  }

  /** The items of a list; undefined after a report. */
  items(remedy = 'Write a list: [a, b].'): Place[] | undefined {
    const node = this.#node;
    if (!isSeq(node)) {
      this.report('a list', remedy);
      return undefined;
    }
    return node.items.map(
      (item, index) =>
        new Place(this.#text, isNode(item) ? item : null, `${this.path}[${index}]`, this.#offset),
    );
  }

  get isMapping(): boolean {
    return isMap(this.#node);
  }

  get isString(): boolean {
    return typeof this.#scalar()?.value === 'string';
  }

  get isNull(): boolean {
    return this.#node === null || this.#scalar()?.value === null;
  }

  /**
   * The entries of a mapping whose keys are among `known`; any other key is reported, with `unknownRemedy` or the
   * known name nearest to it. None after a report.
   */
  entries<const Key extends string>(
    known: readonly Key[],
    unknownRemedy: (key: string) => string | undefined = () => undefined,
  ): Entries<Key> {
    const node = this.#node;
    const places = new Map<string, Place>();
    if (!isMap(node)) {
      this.report('a mapping', `Write key: value pairs (${known.slice(0, 4).join(', ')} ...).`);
      return new Entries(this, places, false);
    }
    for (const { key: keyNode, value } of node.items) {
      const key = isScalar(keyNode) ? String(keyNode.value) : '?';
      const keyPlace = new Place(this.#text, isNode(keyNode) ? keyNode : null, this.path, this.#offset);
      if (!known.some((name) => name === key)) {
        const nearest = nearestName(key, known);
        const guess = nearest === undefined ? `Known here: ${known.join(', ')}.` : `Did you mean ${nearest}?`;
        keyPlace.report('a known key', unknownRemedy(key) ?? guess, quoted(key));
        continue;
      }
      const path = this.path === '' ? key : `${this.path}.${key}`;
      places.set(key, new Place(this.#text, isNode(value) ? value : null, path, keyPlace.#offset));
    }
    return new Entries(this, places, true);
  }

  #scalar(): Scalar | undefined {
    return isScalar(this.#node) ? this.#node : undefined;
  }
}

/** The values of a mapping by key. */
export class Entries<Key extends string> {
  readonly place: Place;
  readonly #places: ReadonlyMap<string, Place>;
  readonly #readable: boolean;

  constructor(place: Place, places: ReadonlyMap<string, Place>, readable: boolean) {
    this.place = place;
    this.#places = places;
    this.#readable = readable;
  }

  get(key: Key): Place | undefined {
    return this.#places.get(key);
  }

  /** As `get`, and reports an absent key at the mapping. */
  require(key: Key, remedy: string): Place | undefined {
    const place = this.#places.get(key);
    if (place === undefined && this.#readable) this.place.report(`the key ${key}`, remedy, 'none');
    return place;
  }
}

export function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);
}

export function oneOf(choices: readonly string[]): string {
  return choices.length === 1 ? `${choices[0]}` : `one of ${choices.join(', ')}`;
}

function lowerFirst(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}
