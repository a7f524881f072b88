import type { ColumnDraft } from './column.ts';
import { type Place, quoted } from './place.ts';
import type { RowRule, TableRuleDraft } from './quality.ts';
import { predicateProblem } from './row-predicate.ts';
import type { Settings } from './settings.ts';

type Given = {
  readonly columns: readonly ColumnDraft[];
  readonly settings: Settings;
  readonly rowRules: readonly RowRule[];
  readonly tableRules: readonly TableRuleDraft[];
};

/** Checks row rules, table rules and lists of valid values against the columns and the dialect. */
export function checkRules({ columns, settings, rowRules, tableRules }: Given): void {
  // transform.sql comes after the rules.
  const names = columns.filter(({ column }) => !column.derived).map(({ column }) => column.name);
  const taken = new Map<string, Place>();
  for (const { name, predicate, place } of rowRules) {
    const problem = predicateProblem(predicate, names);
    if (problem !== undefined) place.report(problem.expected, problem.remedy, problem.found);
    expectFreshName(name, place, taken);
  }
  let previous: Place | undefined;
  for (const { rule, place, check } of tableRules) {
    // All bounds of a check carry its one name.
    if (check !== previous) expectFreshName(rule.name, place, taken);
    previous = check;
    if (rule.measure === 'freshnessSeconds') checkFreshness(columns, settings, place);
  }
  for (const { column, place } of columns) {
    const lost = column.rules.enumeration?.find((value) => settings.csv.nulls.includes(value));
    if (lost !== undefined) {
      place.report(
        'valid values that can be read',
        'Take it out of csv.nulls, or out of the valid values.',
        `${quoted(lost)}, which csv.nulls reads as null`,
      );
    }
  }
}

function expectFreshName(name: string, place: Place, taken: Map<string, Place>): void {
  if (taken.has(name.toLowerCase())) {
    place.report(
      'a rule name of its own',
      'Rename one: the quarantine tells rules by name.',
      `${quoted(name)} again`,
    );
  }
  taken.set(name.toLowerCase(), place);
}

function checkFreshness(columns: readonly ColumnDraft[], settings: Settings, place: Place): void {
  const order = columns.find(({ column }) => column.name === settings.orderBy)?.column;
  const isTime = order !== undefined && ['date', 'timestamp', 'timestamp_ntz'].includes(order.type.kind);
  if (isTime && !order.derived) return;
  place.report(
    "write.orderBy to name the CSV's date or timestamp that freshness is measured by",
    'Name it, or remove the rule.',
    order === undefined ? 'no orderBy' : order.derived ? 'a derived one' : `one of ${order.type.kind}`,
  );
}
