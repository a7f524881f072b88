import { nearestName } from './nearest-name.ts';

/** What is wrong with a row predicate, in the words of a finding. */
export type PredicateProblem = { readonly expected: string; readonly found: string; readonly remedy: string };

/** A token of Spark SQL; strings, numbers and operators have no meaning here beyond their kind. */
type Token = {
  readonly kind: 'word' | 'quoted' | 'string' | 'number' | 'operator' | 'unknown';
  readonly text: string;
};

const tokenForms: readonly (readonly [Token['kind'] | 'space', RegExp])[] = [
  ['space', /\s+/y],
  ['unknown', /--|\/\*|;/y],
  ['string', /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/sy],
  ['quoted', /`(?:[^`]|``)+`/y],
  ['number', /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?(?:BD|[LSYDF])?(?!\w)/y],
  ['word', /[A-Za-z_]\w*/y],
  ['operator', /<=>|->|=>|>>>?|<<|![<>]|[<>!=]=|<>|\|\||&&|::|[-+*/%=<>!~&|^().,[\]]/y],
];

const keywords = new Set(
  `and or not is null true false in between like ilike rlike regexp any some all escape case when then else end cast days hours minutes seconds months years week weeks
  try_cast as div from distinct interval year month day hour minute second to both leading trailing for
  string varchar char int integer bigint long smallint short tinyint byte double float real decimal numeric dec
  boolean date timestamp timestamp_ntz timestamp_ltz binary array map struct`.split(/\s+/),
);
const subqueries = new Set([
  'select',
  'exists',
  'with',
  'table',
  'values',
  'over',
  'filter',
  'lateral',
  'explode',
]);
const aggregates = new Set(
  `any_value approx_count_distinct approx_percentile array_agg avg bool_and bool_or collect_list collect_set corr count
  count_if every first first_value last last_value listagg max max_by mean median min min_by mode percentile rank
  dense_rank row_number ntile lag lead skewness std stddev string_agg sum try_avg try_sum variance`.split(
    /\s+/,
  ),
);
const unsteady = new Set(
  `rand randn random uuid shuffle now current_date current_timestamp curdate localtimestamp current_user session_user
  unix_timestamp monotonically_increasing_id spark_partition_id input_file_name raise_error assert_true`.split(
    /\s+/,
  ),
);

/** Why this cannot be a condition on the columns of one row, or undefined if nothing speaks against it. */
export function predicateProblem(
  predicate: string,
  columns: readonly string[],
): PredicateProblem | undefined {
  const tokens = tokensOf(predicate);
  if (tokens.length === 0) {
    return problem('a row predicate in SQL', 'nothing', 'Write a condition such as price >= 0.');
  }
  const names = [...columns, ...parametersOf(tokens)];
  return (
    shapeProblem(tokens) ?? tokens.map((token, at) => wordProblem(token, at, tokens, names)).find(Boolean)
  );
}

/** The names that the lambda functions give to their parameters: x -> x > 0, (x, y) -> x + y. */
function parametersOf(tokens: readonly Token[]): string[] {
  return tokens.flatMap(({ text }, arrow) => {
    if (text !== '->') return [];
    const before = tokens.slice(0, arrow);
    const listed = before.at(-1)?.text === ')';
    const list = listed
      ? before.slice(before.findLastIndex((token) => token.text === '('))
      : before.slice(-1);
    return list.filter(({ kind }) => kind === 'word').map((token) => token.text);
  });
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length; ) {
    const [kind, length] = longestAt(text, at);
    if (kind !== 'space') tokens.push({ kind, text: text.slice(at, at + length) });
    at += length;
  }
  return tokens;
}

function longestAt(text: string, at: number): readonly [Token['kind'] | 'space', number] {
  for (const [kind, form] of tokenForms) {
    form.lastIndex = at;
    const match = form.exec(text);
    if (match !== null) return [kind, match[0].length];
  }
  return ['unknown', 1];
}

function shapeProblem(tokens: readonly Token[]): PredicateProblem | undefined {
  const stranger = tokens.find(({ kind }) => kind === 'unknown')?.text;
  if (stranger !== undefined) {
    return /["'`]/.test(stranger)
      ? problem('every quote closed', `${stranger} without its other half`, 'Close the quote.')
      : problem(
          'one condition in SQL',
          `${stranger} in it`,
          'Remove it; comments belong into the description.',
        );
  }
  let depth = 0;
  for (const { text } of tokens) {
    depth += text === '(' ? 1 : text === ')' ? -1 : 0;
    if (depth < 0) break;
  }
  if (depth !== 0) {
    return problem(
      'as many ( as )',
      depth > 0 ? 'a ( left open' : 'a ) too many',
      'Balance the parentheses.',
    );
  }
  const [before, behind] = gapIn(tokens) ?? [];
  if (before !== undefined) {
    return problem('a value on both sides of an operator', `${before} ${behind}`, 'Complete the condition.');
  }
  const hanging = [tokens[0], tokens.at(-1)].find(
    (token, at) => token !== undefined && hangs(token, at === 1),
  );
  return hanging === undefined
    ? undefined
    : problem('a value on both sides of an operator', `${hanging.text} at an end`, 'Complete the condition.');
}

/** Operators that stand between two values and nowhere else; + and - may begin one, and * may be one. */
const infix = /^(?:<=>|[<>!=]=|<>|![<>]|\|\||[<>=/%&|^])$/;

/** An operator and what follows it, where that begins no value. None is looked for where < may open a type: array<int>. */
function gapIn(tokens: readonly Token[]): [string, string] | undefined {
  const pairs = tokens.slice(1).map(({ text }, at): [string, string] => [tokens[at]?.text ?? '', text]);
  if (pairs.some(([word, next]) => /^(?:array|map|struct)$/i.test(word) && next.startsWith('<')))
    return undefined;
  return pairs.find(
    ([operator, next]) =>
      (infix.test(operator) || /^[-+]$/.test(operator)) && (infix.test(next) || /^[)\],]$/.test(next)),
  );
}

/** Whether a predicate that begins (or ends) with the token lacks something before (or behind) it. */
function hangs({ kind, text }: Token, atEnd: boolean): boolean {
  if (kind === 'operator') return atEnd ? !/^[)\]]$/.test(text) : !/^[-+~!(]$/.test(text);
  const binary = [
    'and',
    'or',
    'is',
    'in',
    'like',
    'ilike',
    'rlike',
    'between',
    'when',
    'then',
    'else',
    'as',
    'div',
  ];
  return kind === 'word' && (atEnd ? [...binary, 'not', 'case'] : binary).includes(text.toLowerCase());
}

function wordProblem(
  { kind, text }: Token,
  at: number,
  tokens: readonly Token[],
  columns: readonly string[],
): PredicateProblem | undefined {
  if (kind !== 'word' && kind !== 'quoted') return undefined;
  const name = kind === 'quoted' ? text.slice(1, -1).replaceAll('``', '`') : text;
  const word = name.toLowerCase();
  if (kind === 'word') {
    if (subqueries.has(word) && !isOfArrays(word, at, tokens)) {
      return problem('a condition on one row', text, 'Join in transform.sql; a rule sees the row alone.');
    }
    if (unsteady.has(word)) {
      return problem(
        'a condition that is always the same for a row',
        text,
        'Compare columns and constants only.',
      );
    }
    if (tokens[at + 1]?.text === '(' && !columns.some((column) => column.toLowerCase() === word)) {
      if (!aggregates.has(word)) return undefined;
      return problem(
        'a condition on one row',
        `${text}(...)`,
        'Count rows by a table rule: {table: rows, mustBe...: N}.',
      );
    }
    if (keywords.has(word) && !columns.some((column) => column.toLowerCase() === word)) return undefined;
  }
  if (columns.some((column) => column.toLowerCase() === word)) return undefined;
  const nearest = nearestName(name, columns);
  return problem(
    'columns that come from the CSV',
    JSON.stringify(name),
    nearest === undefined ? `Columns: ${columns.join(', ')}.` : `Did you mean ${nearest}?`,
  );
}

/** Whether the word is the function of arrays, not what it is called beside that: exists(select ...), count(*) filter (where ...). */
function isOfArrays(word: string, at: number, tokens: readonly Token[]): boolean {
  const [opening, first] = tokens.slice(at + 1, at + 3).map(({ text }) => text.toLowerCase());
  return /^(?:exists|filter)$/.test(word) && opening === '(' && !/^(?:select|with|where)$/.test(first ?? '');
}

function problem(expected: string, found: string, remedy: string): PredicateProblem {
  return { expected, found, remedy };
}
