import type { TemporalKind } from './temporal-literal.ts';

/** What is wrong with a datetime pattern, in the words of a finding. */
export type FormatProblem = { readonly expected: string; readonly found: string; readonly remedy: string };

/** The letters with which Spark parses; those of weeks, quarters and day names only format. */
const letterGroups = { date: 'yMLdD', time: 'HhKkamsS', zone: 'XxZzVO' } as const;

/** Why Spark could not read texts of the kind by this pattern without guessing, or undefined if it can. */
export function datetimeFormatProblem(kind: TemporalKind, pattern: string): FormatProblem | undefined {
  const runs = letterRuns(pattern);
  if (runs === undefined) {
    return {
      expected: 'a datetime pattern with its quotes and brackets closed',
      found: JSON.stringify(pattern),
      remedy: 'Close the quote or bracket.',
    };
  }
  const letters = new Set(runs.map((run) => run.charAt(0)));
  const has = (group: string): boolean => [...group].some((letter) => letters.has(letter));
  const problem = (expected: string, found: string, remedy: string): FormatProblem => ({
    expected,
    found,
    remedy,
  });

  const all = Object.values(letterGroups).join('');
  const stranger = [...letters].find((letter) => !all.includes(letter));
  if (stranger !== undefined) {
    return problem(
      'letters of a Spark datetime pattern',
      `${stranger} in ${JSON.stringify(pattern)}`,
      stranger === 'Y' || stranger === 'u'
        ? 'Write y for the year.'
        : "Put literal text into single quotes, as 'T'.",
    );
  }
  const wantsDate = kind !== 'time';
  if (wantsDate && !(letters.has('y') && ((has('ML') && letters.has('d')) || letters.has('D')))) {
    return problem(
      'year, month and day',
      JSON.stringify(pattern),
      'Write y, M and d (m are minutes, D is the day of the year).',
    );
  }
  if (!wantsDate && has(letterGroups.date)) {
    return problem(
      'a time of day only',
      JSON.stringify(pattern),
      'Drop the date, or make the column a timestamp.',
    );
  }
  if (kind === 'time' && !has('HhKk')) {
    return problem('an hour', JSON.stringify(pattern), 'Write HH for hours of 0 to 23.');
  }
  if (kind === 'date' && has(letterGroups.time)) {
    return problem(
      'a date only',
      JSON.stringify(pattern),
      'Drop the time of day, or make the column a timestamp.',
    );
  }
  if (kind !== 'timestamp' && has(letterGroups.zone)) {
    return problem('no zone', JSON.stringify(pattern), 'Drop the zone; only an instant (timestamp) has one.');
  }
  if (has('hK') && !letters.has('a')) {
    return problem(
      'a mark of morning or afternoon (a) beside hours of 1 to 12',
      JSON.stringify(pattern),
      'Write HH for hours of 0 to 23.',
    );
  }
  const fraction = runs.find((run) => run.startsWith('S'));
  if (fraction !== undefined && fraction.length > 6) {
    return problem(
      'at most 6 digits of a second',
      `${fraction.length} in ${JSON.stringify(pattern)}`,
      'Write at most SSSSSS: the tables keep microseconds.',
    );
  }
  return undefined;
}

/** The runs of equal letters outside quotes, or undefined if a quote or bracket stays open. */
function letterRuns(pattern: string): string[] | undefined {
  const outside = pattern.replaceAll(/'[^']*'/g, '');
  if (outside.includes("'") || /[{}#]/.test(outside)) return undefined;
  let depth = 0;
  for (const character of outside) {
    depth += character === '[' ? 1 : character === ']' ? -1 : 0;
    if (depth < 0) return undefined;
  }
  return depth === 0 ? [...outside.matchAll(/([A-Za-z])\1*/g)].map(([run]) => run) : undefined;
}
