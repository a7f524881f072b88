import { isJsonObject, type Json } from '../json.ts';
import {
  anyText,
  type Check,
  checkFields,
  integerBetween,
  numberAtLeast,
  oneOf,
  shown,
  template,
} from './check.ts';
import { checkAssign } from './check-assign.ts';
import type { Report } from './problem.ts';
import { refusedField } from './refused-field.ts';

/** Error names of Step Functions' own (concepts-error-handling); others may not begin with `States.`. */
const statesErrors = [
  'States.ALL',
  'States.BranchFailed',
  'States.DataLimitExceeded',
  'States.ExceedToleratedFailureThreshold',
  'States.HeartbeatTimeout',
  'States.Http.Socket',
  'States.IntrinsicFailure',
  'States.ItemReaderFailed',
  'States.NoChoiceMatched',
  'States.ParameterPathFailure',
  'States.Permissions',
  'States.QueryEvaluationError',
  'States.ResultPathMatchFailure',
  'States.ResultWriterFailed',
  'States.Runtime',
  'States.TaskFailed',
  'States.Timeout',
];

export const retryList: Check = (value, path, report) => {
  eachRule(value, path, report, (rule, place) => {
    if (!isJsonObject(rule)) {
      report.add(place, `Expected a Retrier, an object with ErrorEquals, got ${shown(rule)}`);
      return;
    }
    checkFields(rule, place, report, {
      ErrorEquals: { check: errorNames, required: true },
      Comment: { check: anyText },
      IntervalSeconds: { check: integerBetween(1, 99_999_999) },
      MaxAttempts: { check: integerBetween(0, 99_999_999) },
      BackoffRate: { check: numberAtLeast(1) },
      MaxDelaySeconds: { check: integerBetween(1, 31_622_400) },
      JitterStrategy: { check: oneOf('FULL', 'NONE') },
    });
  });
  checkOrder(value, path, report);
};

export const catchList: Check = (value, path, report) => {
  eachRule(value, path, report, (rule, place) => {
    if (!isJsonObject(rule)) {
      report.add(place, `Expected a Catcher, an object with ErrorEquals and Next, got ${shown(rule)}`);
      return;
    }
    checkFields(
      rule,
      place,
      report,
      {
        ErrorEquals: { check: errorNames, required: true },
        Next: { check: anyText, required: true },
        Comment: { check: anyText },
        Output: { check: template('errorOutput') },
        Assign: { check: checkAssign('errorOutput') },
      },
      refusedField,
    );
  });
  checkOrder(value, path, report);
};

const errorNames: Check = (value, path, report) => {
  if (!Array.isArray(value) || value.length === 0) {
    report.add(path, `Expected a non-empty array of error names, got ${shown(value)}`);
    return;
  }
  for (const [index, name] of value.entries()) {
    const place = `${path}[${index}]`;
    if (typeof name !== 'string') report.add(place, `Expected an error name, a string, got ${shown(name)}`);
    else if (name.startsWith('States.') && !statesErrors.includes(name))
      report.add(place, `Names that begin with 'States.' are reserved, and '${name}' is none of them`);
  }
  if (value.includes('States.ALL') && value.length > 1)
    report.add(path, 'States.ALL must appear alone in ErrorEquals');
};

function eachRule(
  value: Json,
  path: string,
  report: Report,
  check: (rule: Json, place: string) => void,
): void {
  if (!Array.isArray(value)) report.add(path, `Expected value of type Array, got ${shown(value)}`);
  else for (const [index, rule] of value.entries()) check(rule, `${path}[${index}]`);
}

/** Nothing after States.ALL could ever match. */
function checkOrder(value: Json, path: string, report: Report): void {
  if (!Array.isArray(value)) return;
  for (const [index, rule] of value.slice(0, -1).entries()) {
    const names = isJsonObject(rule) ? rule['ErrorEquals'] : undefined;
    if (Array.isArray(names) && names.includes('States.ALL'))
      report.add(`${path}[${index}]/ErrorEquals`, 'States.ALL must be in the last rule of the list');
  }
}
