import type * as z from 'zod';
import type { tableRuleSchema } from '../contract.ts';
import { readPattern } from './column-rules.ts';
import { secondsOf, unitRemedy } from './duration.ts';
import type { Entries, Place } from './place.ts';

export type TableRule = z.infer<typeof tableRuleSchema>;
export type RowRule = { readonly name: string; readonly predicate: string; readonly place: Place };
/** A table rule, its place, and the place of the check that it stands in, perhaps beside others. */
export type TableRuleDraft = { readonly rule: TableRule; readonly place: Place; readonly check: Place };
export type ValueRules = { enumeration?: Place[]; pattern?: string; place: Place };

const comparisons = [
  'mustBe',
  'mustBeGreaterThan',
  'mustBeGreaterOrEqualTo',
  'mustBeLessThan',
  'mustBeLessOrEqualTo',
] as const;
const operators = [...comparisons, 'mustNotBe', 'mustBeBetween', 'mustNotBeBetween'] as const;
const qualityKeys = [
  'id',
  'authoritativeDefinitions',
  'businessImpact',
  'customProperties',
  'description',
  'dimension',
  'method',
  'name',
  'schedule',
  'scheduler',
  'severity',
  'tags',
  'type',
  'unit',
  'metric',
  'rule',
  'arguments',
  'query',
  'engine',
  'implementation',
  ...operators,
] as const;
type QualityKey = (typeof qualityKeys)[number];

/** The checks of a column (`values`) or of the table, sorted by what they look at. */
export type Quality = {
  readonly rowRules: RowRule[];
  readonly tableRules: TableRuleDraft[];
  readonly values: ValueRules[];
};

/** Reads a list of ODCS quality checks. A check that Tidegate would not run is reported: none is skipped in silence. */
export function readQuality(list: Place | undefined, level: 'column' | 'table'): Quality {
  const quality: Quality = { rowRules: [], tableRules: [], values: [] };
  for (const item of list?.items() ?? []) {
    const check = item.entries(qualityKeys);
    const type = check.get('type')?.choice(['text', 'library', 'sql', 'custom']);
    const severity = check.get('severity');
    if (severity !== undefined && severity.string() !== 'error') {
      severity.report('error', 'Every check holds: remove the severity, or the check.');
    }
    if (type === 'text') continue;
    if (type === 'sql' || check.get('query') !== undefined) {
      item.report(
        'a row predicate',
        'Write the condition that each row meets as {type: custom, engine: tidegate, implementation: "..."}.',
        'an SQL query',
      );
    } else if (type === 'custom' || check.get('engine') !== undefined) {
      readCustomCheck(check, level, quality);
    } else {
      const given = check.get('metric') ?? check.get('rule');
      const metric = given ?? check.require('metric', 'Name the metric, or write type: custom.');
      if (metric !== undefined) readMetric(metric, check, level, quality);
    }
  }
  return quality;
}

function readCustomCheck(check: Entries<QualityKey>, level: 'column' | 'table', quality: Quality): void {
  check
    .require('engine', 'Write engine: tidegate.')
    ?.choice(['tidegate'], 'Only tidegate runs here; check the rest elsewhere.');
  for (const key of ['metric', 'rule', 'arguments', 'unit', ...operators] as const) {
    const remedy = 'Remove it, or write it into implementation: {table: rows, mustBe...: N}.';
    check.get(key)?.report('nothing beside the implementation', remedy, key);
  }
  const name = check.require('name', 'Name the rule: it stands in the quarantine as the reason.');
  const ruleName = name && readRuleName(name);
  const implementation = check.require('implementation', 'Write a row predicate in SQL.');
  if (implementation === undefined) return;
  if (!implementation.isMapping) {
    const predicate = implementation.string('Write a row predicate in SQL, or {table: rows, mustBe...: N}.');
    if (predicate !== undefined && ruleName !== undefined) {
      quality.rowRules.push({ name: ruleName, predicate: predicate.trim(), place: implementation });
    }
    return;
  }
  const rule = implementation.entries(['table', 'unit', ...operators]);
  if (level === 'column') {
    implementation.report('a row predicate', "Move a rule on the table beside the table's properties.");
  }
  const measure = rule
    .require('table', 'Say what is measured: rows or freshness.')
    ?.choice(['rows', 'freshness']);
  if (measure === undefined || ruleName === undefined) return;
  const unit = rule.get('unit');
  if (measure === 'rows') {
    unit?.report('no unit', 'Rows are counted: remove it.');
    pushTableRules(rule, ruleName, 'rows', 1, quality);
    return;
  }
  const seconds = unit === undefined ? 1 : secondsOf(unit.string() ?? '');
  if (seconds === undefined) unit?.report('a unit of time', unitRemedy);
  pushTableRules(rule, ruleName, 'freshnessSeconds', seconds ?? 1, quality);
}

function readMetric(
  metric: Place,
  check: Entries<QualityKey>,
  level: 'column' | 'table',
  quality: Quality,
): void {
  const name = metric.choice(['rowCount', 'invalidValues', 'nullValues', 'missingValues', 'duplicateValues']);
  if (name === undefined) return;
  if (level === 'table' && name === 'rowCount') {
    check.get('unit')?.choice(['rows'], 'Rows are counted: remove it.');
    check.get('arguments')?.report('no arguments', 'Rows are counted as they are: remove them.');
    const given = check.get('name');
    const ruleName = given === undefined ? 'row_count' : readRuleName(given);
    if (ruleName !== undefined) pushTableRules(check, ruleName, 'rows', 1, quality);
    return;
  }
  if (level === 'column' && name === 'invalidValues') {
    readInvalidValues(check, quality);
    return;
  }
  const instead = {
    rowCount: "Move it beside the table's properties.",
    invalidValues: 'Move it to the column whose values it lists.',
    nullValues: 'Write required: true at the column.',
    missingValues: 'Name the texts that mean null in csv.nulls, and write required: true at the column.',
    duplicateValues: 'Write unique: true at the column, or make the columns the primaryKey.',
  };
  metric.report(level === 'table' ? 'the metric rowCount' : 'the metric invalidValues', instead[name], name);
}

function readInvalidValues(check: Entries<QualityKey>, quality: Quality): void {
  const bound = check.require('mustBe', 'Write mustBe: 0; quarantine.maxShare is how many rows may be bad.');
  bound?.number('0', (value) => value === 0, 'Write 0; quarantine.maxShare is how many rows may be bad.');
  for (const operator of operators) {
    if (operator !== 'mustBe') check.get(operator)?.report('mustBe: 0', 'Remove it.', operator);
  }
  const given = check
    .require('arguments', 'Write arguments: {validValues: [...]}.')
    ?.entries(['validValues', 'pattern']);
  if (given === undefined) return;
  const values = given.get('validValues');
  const patternPlace = given.get('pattern');
  if (values === undefined && patternPlace === undefined) {
    given.place.report('validValues or a pattern', 'List the values that are valid.', 'neither');
  }
  const pattern = patternPlace && readPattern(patternPlace);
  const enumeration = values?.items();
  if (enumeration?.length === 0)
    values?.report('at least one value', 'List the values that are valid.', 'none');
  quality.values.push({
    place: check.place,
    ...(enumeration === undefined ? {} : { enumeration }),
    ...(pattern === undefined ? {} : { pattern }),
  });
}

function pushTableRules<Key extends string>(
  entries: Entries<Key | (typeof operators)[number]>,
  name: string,
  measure: TableRule['measure'],
  factor: number,
  quality: Quality,
): void {
  const isBound = (value: number): boolean =>
    value >= 0 && (measure !== 'rows' || Number.isSafeInteger(value));
  const readBound = (place: Place): number | undefined =>
    place.number(
      measure === 'rows' ? 'a count' : 'a number of 0 or more',
      isBound,
      'Give the bound as a number.',
    );
  const check = entries.place;
  const given = operators.filter((operator) => entries.get(operator) !== undefined);
  if (given.length === 0) {
    check.report('an operator', `Give one of ${[...comparisons, 'mustBeBetween'].join(', ')}.`, 'none');
  }
  for (const operator of given) {
    const place = entries.get(operator);
    if (place === undefined) continue;
    if (operator === 'mustNotBe' || operator === 'mustNotBeBetween') {
      place.report(`one of ${[...comparisons, 'mustBeBetween'].join(', ')}`, 'Say what must be.', operator);
    } else if (operator === 'mustBeBetween') {
      const bounds = place.items('Write [least, greatest].');
      if (bounds === undefined) continue;
      const [low, high, ...more] = bounds;
      const [least, greatest] = [low && readBound(low), high && readBound(high)];
      if (low === undefined || high === undefined || more.length > 0) {
        place.report('two numbers', 'Write [least, greatest].');
      } else if (least !== undefined && greatest !== undefined) {
        if (least > greatest)
          place.report('the smaller number first', 'Turn the two round.', `[${least}, ${greatest}]`);
        quality.tableRules.push(
          {
            rule: { name, measure, operator: 'mustBeGreaterOrEqualTo', value: least * factor },
            place,
            check,
          },
          {
            rule: { name, measure, operator: 'mustBeLessOrEqualTo', value: greatest * factor },
            place,
            check,
          },
        );
      }
    } else {
      const value = readBound(place);
      if (value !== undefined)
        quality.tableRules.push({ rule: { name, measure, operator, value: value * factor }, place, check });
    }
  }
}

function readRuleName(place: Place): string | undefined {
  const name = place.string();
  if (name === undefined) return undefined;
  if (/^[A-Za-z][A-Za-z0-9_]{0,127}$/.test(name)) return name;
  place.report(
    'a name of letters, digits and _ that begins with a letter',
    'Write it as in arrives_after_it_leaves.',
  );
  return undefined;
}
