/** A statement for SQLite that does what one of GoogleSQL's did, or a part of it. */
export interface SqliteStatement {
  /** `assert`: its one value must be 1. `unique`: it must find nothing. */
  kind: 'change' | 'assert' | 'unique' | 'query';
  text: string;
  /** Of an assertion. */
  message?: string;
  /** The table that it changes. */
  target?: string;
}

/** BigQuery's words for a MERGE whose source has several rows for one of the target. */
export const conflictingTarget = 'UPDATE/MERGE must match at most one source row for each target row';

const translated = new Map<string, SqliteStatement[]>();

/**
 * A script of GoogleSQL, as far as Tidegate writes it, for SQLite: MERGE, ERROR and DELETE with an alias are written
 * over, the transaction's own statements left out. The time is the parameter `now`.
 * @throws Error for a statement of another kind.
 */
export function sqliteStatements(script: string): SqliteStatement[] {
  const statements = translated.get(script) ?? translate(script);
  translated.set(script, statements);
  return statements;
}

function translate(script: string): SqliteStatement[] {
  return pieces(script, ';').flatMap((piece): SqliteStatement[] => {
    const text = piece
      .trim()
      .replaceAll('CURRENT_TIMESTAMP()', '@now')
      .replaceAll(/FROM UNNEST\((@\w+)\) AS (\w+)/g, 'FROM (SELECT value AS $2 FROM json_each($1))')
      .replaceAll(/IN UNNEST\((@\w+)\)/g, 'IN (SELECT value FROM json_each($1))');
    const word = /^[A-Z]+/.exec(text)?.[0];
    switch (word) {
      case undefined:
      case 'BEGIN':
      case 'COMMIT':
        return [];
      case 'MERGE':
        return merge(text);
      case 'SELECT':
        return [assertion(text) ?? { kind: 'query', text }];
      case 'INSERT':
        return [{ kind: 'change', text, target: nameIn(text) }];
      case 'DELETE':
        return [
          {
            kind: 'change',
            text: text.replace(/^DELETE FROM (`[^`]+`) (\w+)/, 'DELETE FROM $1 AS $2'),
            target: nameIn(text),
          },
        ];
      default:
        throw new Error(`The warehouse in memory knows no statement ${word}: ${text.slice(0, 80)}`);
    }
  });
}

const nameIn = (text: string): string => /`([^`]+)`/.exec(text)?.[1] ?? '';

function assertion(text: string): SqliteStatement | null {
  const [, condition, message = ''] = /^SELECT IF\(([\s\S]+), NULL, ERROR\('([^']*)'\)\)$/.exec(text) ?? [];
  return condition === undefined ? null : { kind: 'assert', text: `SELECT (${condition}) AS holds`, message };
}

/** An UPDATE of the rows that match, and an INSERT of those that do not; neither changes what the other looks at. */
function merge(text: string): SqliteStatement[] {
  const [head = '', ...clauses] = pieces(text, 'WHEN');
  const [into = '', rest = ''] = pieces(head, 'USING');
  const [using = '', condition = ''] = pieces(rest, 'ON');
  const [, table = '', target = ''] = /^MERGE (?:INTO )?(`[^`]+`) (\w+)$/.exec(into.trim()) ?? [];
  const [, source = '', alias = ''] = /^([\s\S]+?) (\w+)$/.exec(using.trim()) ?? [];
  const name = nameIn(table);
  const on = `(${condition.trim()})`;
  return clauses.flatMap((clause): SqliteStatement[] => {
    const [when = '', then = ''] = pieces(clause, 'THEN').map((piece) => piece.trim());
    const more = /^(?:NOT )?MATCHED(?: BY TARGET)? AND ([\s\S]+)$/.exec(when)?.[1];
    const matching = more ? `${on} AND (${more})` : on;
    if (when.startsWith('NOT MATCHED')) {
      const [, columns = '', values = ''] = /^INSERT \(([\s\S]+?)\)\s+VALUES \(([\s\S]+)\)$/.exec(then) ?? [];
      const wanted = more ? ` AND (${more})` : '';
      return [
        {
          kind: 'change',
          target: name,
          text: `INSERT INTO ${table} (${columns}) SELECT ${values} FROM ${source} AS ${alias} WHERE NOT EXISTS (SELECT 1 FROM ${table} AS ${target} WHERE ${on})${wanted}`,
        },
      ];
    }
    const assignments = /^UPDATE SET ([\s\S]+)$/.exec(then)?.[1];
    const found = `FROM ${table} AS ${target} JOIN ${source} AS ${alias} ON ${matching}`;
    return [
      {
        kind: 'unique',
        text: `SELECT 1 ${found} GROUP BY ${target}.rowid HAVING COUNT(*) > 1 LIMIT 1`,
      },
      {
        kind: 'change',
        target: name,
        text: assignments
          ? `UPDATE ${table} AS ${target} SET ${assignments} FROM ${source} AS ${alias} WHERE ${matching}`
          : `DELETE FROM ${table} WHERE rowid IN (SELECT ${target}.rowid ${found})`,
      },
    ];
  });
}

/** The text between the places where a separator stands outside quotes and brackets; a word stands by itself. */
function pieces(text: string, separator: string): string[] {
  const found: string[] = [];
  const isWord = /\w/.test(separator);
  let [depth, start] = [0, 0];
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if (character === "'" || character === '`') at = text.indexOf(character, at + 1);
    else if (character === '(') depth += 1;
    else if (character === ')') depth -= 1;
    if (at < 0) throw new Error(`A quote is not closed: ${text.slice(0, 80)}`);
    if (depth > 0 || !text.startsWith(separator, at)) continue;
    if (isWord && (/\w/.test(text[at - 1] ?? '') || /\w/.test(text[at + separator.length] ?? ''))) continue;
    found.push(text.slice(start, at));
    start = at + separator.length;
    at = start - 1;
  }
  return [...found, text.slice(start)];
}
