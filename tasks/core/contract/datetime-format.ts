import type { TemporalKind } from './temporal-literal.ts';

/** What is wrong with a datetime pattern, in the words of a finding. */
export type FormatProblem = { readonly expected: string; readonly found: string; readonly remedy: string };

/** The letters with which Spark parses; those of weeks, quarters and day names only format. */
const letterGroups = { date: 'yMLdD', time: 'HhKkamsS', zone: 'XxZzVO' } as const;

/** Runs of letters that Spark takes; `V` and `O` come in few lengths, and a fraction of a second is bounded by itself. */
const readableRun =
  /^(?:y{1,6}|M{1,4}|L{1,4}|d{1,2}|D{1,3}|HH?|hh?|KK?|kk?|mm?|ss?|S+|a|X{1,5}|x{1,5}|Z{1,5}|z{1,4}|VV|O|OOOO)$/;

/** Equal letters in a row; `section` names the brackets that they stand in, from the outside in: `''`, `1.`, `1.2.`. */
type Run = { readonly text: string; readonly section: string };

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
  const letters = new Set(runs.map(({ text }) => text.charAt(0)));
  const has = (group: string): boolean => [...group].some((letter) => letters.has(letter));
  const found = JSON.stringify(pattern);

  const all = Object.values(letterGroups).join('');
  const stranger = [...letters].find((letter) => !all.includes(letter));
  if (stranger !== undefined) {
    return {
      expected: 'letters of a Spark datetime pattern',
      found: `${stranger} in ${found}`,
      remedy: 'Yu'.includes(stranger)
        ? 'Write y for the year.'
        : "Put literal text into single quotes, as 'T'.",
    };
  }
  const hasDay = letters.has('y') && ((has('ML') && letters.has('d')) || letters.has('D'));
  const demands: [isMissed: boolean, expected: string, remedy: string][] = [
    [
      kind !== 'time' && !hasDay,
      'year, month and day',
      'Write y, M and d (m are minutes, D is the day of the year).',
    ],
    [
      kind === 'time' && has(letterGroups.date),
      'a time of day only',
      'Drop the date, or make the column a timestamp.',
    ],
    [kind === 'time' && !has('HhKk'), 'an hour', 'Write HH for hours of 0 to 23.'],
    [
      kind === 'date' && has(letterGroups.time),
      'a date only',
      'Drop the time of day, or make the column a timestamp.',
    ],
    [
      kind !== 'timestamp' && has(letterGroups.zone),
      'no zone',
      'Drop the zone; only an instant (timestamp) has one.',
    ],
    [
      has('hK') && !letters.has('a'),
      'a mark of morning or afternoon (a) beside hours of 1 to 12',
      'Write HH for hours of 0 to 23.',
    ],
  ];
  for (const [isMissed, expected, remedy] of demands) if (isMissed) return { expected, found, remedy };
  const muddle = muddleIn(runs);
  return muddle && { ...muddle, found: `${muddle.found} in ${found}` };
}

/** What Spark would read as something else than is meant, or not at all. */
function muddleIn(runs: readonly Run[]): FormatProblem | undefined {
  const first = (letters: string): string | undefined =>
    runs.find(({ text }) => letters.includes(text.charAt(0)))?.text;
  const fraction = first('S');
  if (fraction !== undefined && fraction.length > 6) {
    return {
      expected: 'at most 6 digits of a second',
      found: `${fraction.length}`,
      remedy: 'Write at most SSSSSS: the tables keep microseconds.',
    };
  }
  if (runs.some(({ text }) => text === 'yy')) {
    return {
      expected: 'a year of four digits',
      found: 'yy',
      remedy:
        'Two digits do not say the century, and Spark takes them for 2000 to 2099: have the file written with yyyy, ' +
        'or keep the text in a string and say the century in transform.sql.',
    };
  }
  for (const [letters, needed, expected, remedy] of followers) {
    const found = first(letters);
    if (found !== undefined && first(needed) === undefined) return { expected, found, remedy };
  }
  const pairs = runs.flatMap((run, at) =>
    runs.slice(0, at).flatMap((earlier) => (canMeet(run, earlier) ? [[earlier, run] as const] : [])),
  );
  const ofYear = pairs.flatMap((pair) =>
    pair.some((run) => 'Md'.includes(fieldOf(run))) ? pair.filter((run) => fieldOf(run) === 'D') : [],
  )[0];
  if (ofYear !== undefined) {
    return {
      expected: 'dd for the day beside a month',
      found: ofYear.text,
      remedy: 'Write dd: D is the day of the year.',
    };
  }
  const again = pairs.find(([earlier, run]) => fieldOf(earlier) === fieldOf(run))?.[1];
  if (again !== undefined) {
    return {
      expected: 'every part of a date or time once',
      found: `a second ${again.text}`,
      remedy: fieldOf(again) === 'M' ? 'Write mm for minutes: M is the month.' : 'Remove one.',
    };
  }
  const strange = runs.find(({ text }) => !readableRun.test(text))?.text;
  return strange === undefined
    ? undefined
    : {
        expected: 'as many letters as Spark reads',
        found: strange,
        remedy: 'Write yyyy, MM (MMM for Jan), dd, DDD, HH, mm, ss, a, X (XXX for +01:00) or VV.',
      };
}

/** Letters that say nothing without others: the letters, what they need, and what to do. */
const followers = [
  ['msa', 'HhKk', 'an hour', 'Write HH for hours of 0 to 23.'],
  ['s', 'm', 'minutes before seconds', 'Write mm for minutes, ss for seconds.'],
  ['S', 's', 'seconds before their fraction', 'Write ss for seconds: S is a fraction of one.'],
] as const;

/** The letter of a run; `L` is a month, too. */
const fieldOf = ({ text }: Run): string => (text.startsWith('L') ? 'M' : text.charAt(0));

/** Whether one text can have both: what stands in brackets beside each other may be meant as one or the other. */
const canMeet = (a: Run, b: Run): boolean =>
  a.section.startsWith(b.section) || b.section.startsWith(a.section);

/** The runs of equal letters outside quotes, or undefined if a quote or bracket stays open. */
function letterRuns(pattern: string): Run[] | undefined {
  const outside = pattern.replaceAll(/'[^']*'/g, ' ');
  if (outside.includes("'") || /[{}#]/.test(outside)) return undefined;
  const runs: Run[] = [];
  const open: string[] = [];
  let sections = 0;
  for (const [token] of outside.matchAll(/([A-Za-z])\1*|[[\]]/g)) {
    if (token === '[') {
      sections += 1;
      open.push(`${sections}.`);
    } else if (token !== ']') {
      runs.push({ text: token, section: open.join('') });
    } else if (open.pop() === undefined) {
      return undefined;
    }
  }
  return open.length === 0 ? runs : undefined;
}
