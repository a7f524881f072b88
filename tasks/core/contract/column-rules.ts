import type * as z from 'zod';
import type { ColumnType, columnRulesSchema } from '../contract.ts';
import { datetimeFormatProblem } from './datetime-format.ts';
import { compareDecimals, scaleOf, wholeDigitsOf } from './decimal.ts';
import { patternProblem } from './pattern.ts';
import type { Entries, Place } from './place.ts';
import { canonicalTemporal, literalForms, type TemporalKind } from './temporal-literal.ts';
import { textFormats } from './text-formats.ts';

export type ColumnRules = z.infer<typeof columnRulesSchema>;

const boundKeys = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'] as const;
const temporalKeys = [...boundKeys, 'format', 'timezone', 'defaultTimezone'] as const;
const numberKeys = [...boundKeys, 'multipleOf', 'format'] as const;

/** The keys of `logicalTypeOptions` by logical type, as ODCS v3.1.0 has them. */
export const optionKeys = {
  string: ['minLength', 'maxLength', 'pattern', 'format'],
  integer: numberKeys,
  number: numberKeys,
  boolean: [],
  date: [...boundKeys, 'format'],
  timestamp: temporalKeys,
  time: temporalKeys,
} as const;
export type OptionKey = (typeof optionKeys)[keyof typeof optionKeys][number];

/** Least and greatest value by ODCS's name of an integer's size; wider ones do not fit the tables' 64 bits. */
const integerRanges: Record<string, readonly [string, string]> = {
  i8: ['-128', '127'],
  i16: ['-32768', '32767'],
  i32: ['-2147483648', '2147483647'],
  i64: ['-9223372036854775808', '9223372036854775807'],
  u8: ['0', '255'],
  u16: ['0', '65535'],
  u32: ['0', '4294967295'],
};

/** The rules in `logicalTypeOptions` and the datetime pattern in its `format`. Reports what does not fit the type. */
export function readColumnRules(
  options: Entries<OptionKey>,
  type: ColumnType,
): { rules: ColumnRules; format: Place | undefined } {
  if (type.kind === 'string') return { rules: readTextRules(options), format: undefined };
  if (type.kind === 'boolean') return { rules: {}, format: undefined };
  if (type.kind === 'integer' || type.kind === 'decimal' || type.kind === 'double') {
    return { rules: readNumberRules(options, type), format: undefined };
  }
  const kind = type.kind;
  const zone = options.get('defaultTimezone');
  if (zone !== undefined && !['UTC', 'Etc/UTC'].includes(zone.string() ?? 'UTC')) {
    zone.report('UTC', 'Let the file carry its zone (X in the format), or convert it in transform.sql.');
  }
  const rules = readBounds(options, (place) => readTemporalBound(place, kind), compareTemporal);
  return { rules, format: options.get('format') };
}

/** Reports a datetime pattern by which Spark could not read the kind. */
export function readDatetimeFormat(place: Place, kind: TemporalKind): string | undefined {
  const pattern = place.string();
  const problem = pattern === undefined ? undefined : datetimeFormatProblem(kind, pattern);
  if (problem !== undefined) place.report(problem.expected, problem.remedy, problem.found);
  return pattern;
}

function readTextRules(options: Entries<OptionKey>): ColumnRules {
  const rules: ColumnRules = {};
  for (const key of ['minLength', 'maxLength'] as const) {
    const length = options
      .get(key)
      ?.number('a whole number of 0 or more', isCount, 'Count characters, not bytes.');
    if (length !== undefined) rules[key] = length;
  }
  if (rules.minLength !== undefined && rules.maxLength !== undefined && rules.minLength > rules.maxLength) {
    options
      .get('minLength')
      ?.report(`at most maxLength (${rules.maxLength})`, 'No text could pass both; mend one.');
  }
  const patternPlace = options.get('pattern');
  const pattern = patternPlace && readPattern(patternPlace);
  if (pattern !== undefined) rules.pattern = pattern;

  const formatPlace = options.get('format');
  const format = formatPlace?.choice(
    Object.keys(textFormats),
    `Known: ${Object.keys(textFormats).join(', ')}. Describe any other by a pattern.`,
  );
  if (formatPlace !== undefined && patternPlace !== undefined) {
    formatPlace.report(
      'either a format or a pattern',
      'A pattern says it all: remove the format.',
      'both of them',
    );
  } else if (format !== undefined) {
    rules.pattern = textFormats[format] ?? '';
  }
  return rules;
}

/** A regular expression that ECMAScript (ODCS's dialect) and Java (Spark's) read alike. */
export function readPattern(place: Place): string | undefined {
  const pattern = place.string('Put the regular expression into quotes.');
  const problem = pattern === undefined ? undefined : patternProblem(pattern);
  if (problem !== undefined) place.report(problem.expected, problem.remedy, problem.found);
  return pattern;
}

function readNumberRules(options: Entries<OptionKey>, type: ColumnType): ColumnRules {
  const rules = readBounds(options, (place) => readNumberBound(place, type), compareDecimals);
  const multiplePlace = options.get('multipleOf');
  if (multiplePlace !== undefined && type.kind === 'double') {
    multiplePlace.report(
      'an exact type for multipleOf',
      'Doubles are never exact multiples: make the column decimal(p,s).',
      'a double',
    );
  } else if (multiplePlace !== undefined) {
    const multiple = readNumberBound(multiplePlace, type);
    if (multiple !== undefined && compareDecimals(multiple, '0') <= 0) {
      multiplePlace.report('a number above 0', 'Give the step between values.');
    } else if (multiple !== undefined) {
      rules.multipleOf = multiple;
    }
  }
  const format = options.get('format');
  if (format === undefined) return rules;
  if (type.kind === 'integer') return narrow(rules, format);
  if (type.kind === 'decimal' || format.choice(['f32', 'f64']) === 'f32') {
    format.report(
      'f64 for a double, no format for a decimal',
      'Remove it; bound the values by minimum and maximum.',
    );
  }
  return rules;
}

/** The bounds made as tight as the integer's size. */
function narrow(rules: ColumnRules, format: Place): ColumnRules {
  const size = format.choice(
    Object.keys(integerRanges),
    `Choose one of ${Object.keys(integerRanges).join(', ')}; keep wider numbers as decimal(38,0).`,
  );
  const [least, greatest] = integerRanges[size ?? ''] ?? [];
  if (least === undefined || greatest === undefined) return rules;
  const tighter = { ...rules };
  if (compareDecimals(rules.minimum ?? least, least) <= 0) tighter.minimum = least;
  if (compareDecimals(rules.maximum ?? greatest, greatest) >= 0) tighter.maximum = greatest;
  return tighter;
}

function readBounds(
  options: Entries<OptionKey>,
  read: (place: Place) => string | undefined,
  compare: (a: string, b: string) => number,
): ColumnRules {
  const bounds: ColumnRules = {};
  for (const key of boundKeys) {
    const place = options.get(key);
    const bound = place && read(place);
    if (bound !== undefined) bounds[key] = bound;
  }
  for (const low of ['minimum', 'exclusiveMinimum'] as const) {
    for (const high of ['maximum', 'exclusiveMaximum'] as const) {
      const [least, greatest] = [bounds[low], bounds[high]];
      if (least === undefined || greatest === undefined) continue;
      const touching = low === 'minimum' && high === 'maximum';
      const order = compare(least, greatest);
      if (order > 0 || (order === 0 && !touching)) {
        options
          .get(low)
          ?.report(
            `less than ${high} (${greatest})`,
            'No value could pass both; mend one of the bounds.',
            least,
          );
      }
    }
  }
  return bounds;
}

function readNumberBound(place: Place, type: ColumnType): string | undefined {
  const bound = place.decimalText();
  if (bound === undefined) return undefined;
  if (type.kind === 'integer') {
    const [least, greatest] = integerRanges['i64'] ?? [bound, bound];
    if (scaleOf(bound) > 0 || compareDecimals(bound, least) < 0 || compareDecimals(bound, greatest) > 0) {
      place.report('a whole number of 64 bits', "Give a bound that the column's values can have.");
      return undefined;
    }
  }
  if (
    type.kind === 'decimal' &&
    (scaleOf(bound) > type.scale || wholeDigitsOf(bound) > type.precision - type.scale)
  ) {
    place.report(
      `a value of decimal(${type.precision},${type.scale})`,
      "Give a bound that the column's values can have.",
    );
    return undefined;
  }
  return bound;
}

function readTemporalBound(place: Place, kind: TemporalKind): string | undefined {
  const text = place.string(`Write ${literalForms[kind]} in quotes.`);
  if (text === undefined) return undefined;
  const canonical = canonicalTemporal(kind, text);
  if (canonical === undefined)
    place.report(literalForms[kind], "Bounds are ISO 8601, whatever the column's format.");
  return canonical;
}

function compareTemporal(a: string, b: string): number {
  const [left, right] = [a.replace(/Z$/, ''), b.replace(/Z$/, '')];
  return left < right ? -1 : left > right ? 1 : 0;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
