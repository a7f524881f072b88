import { limits } from '../limits.ts';
import { timestampMs } from '../run/timestamp-ms.ts';
import {
  anyText,
  type Check,
  expressionOr,
  type Field,
  integerBetween,
  oneOf,
  shown,
  template,
} from './check.ts';
import { checkAssign } from './check-assign.ts';
import { catchList, retryList } from './check-errors.ts';
import type { Scope } from './check-expression.ts';

type Fields = Readonly<Record<string, Field>>;

const common: Fields = {
  Type: { check: anyText, required: true },
  Comment: { check: anyText },
  QueryLanguage: { check: oneOf('JSONata', 'JSONPath') },
};

const transition: Fields = { Next: { check: anyText }, End: { check: oneOf(true, false) } };

const results = (scope: Scope): Fields => ({
  Output: { check: template(scope) },
  Assign: { check: checkAssign(scope) },
});

const errors: Fields = { Retry: { check: retryList }, Catch: { check: catchList } };

const literalTimestamp: Check = (value, path, report) => {
  if (typeof value !== 'string' || timestampMs(value) === undefined)
    report.add(
      path,
      `String does not match RFC3339 timestamp: expected a date, a time and an offset, e.g. 2026-01-31T12:00:00Z, got ${shown(value)}`,
    );
};

const literalArray: Check = (value, path, report) => {
  if (Array.isArray(value)) template('input')(value, path, report);
  else report.add(path, `Expected an array, or an expression that yields one, got ${shown(value)}`);
};

const literalBoolean: Check = (value, path, report) => {
  if (typeof value !== 'boolean')
    report.add(path, `Expected true, false or a JSONata expression in {% %}, got ${shown(value)}`);
};

/** Fields of each kind of state in JSONata mode. Blocks inside (Branches, ItemProcessor) and Choices are checked by themselves. */
export function stateFields(blocks: {
  branches: Check;
  itemProcessor: Check;
  choices: Check;
}): Record<string, Fields> {
  const timeout = { check: expressionOr('input', integerBetween(1, limits.timeoutSeconds)) };
  return {
    Task: {
      ...common,
      ...transition,
      ...results('result'),
      ...errors,
      Resource: { check: anyText, required: true },
      Arguments: { check: template('input') },
      TimeoutSeconds: timeout,
      HeartbeatSeconds: timeout,
    },
    Pass: { ...common, ...transition, ...results('input') },
    Wait: {
      ...common,
      ...transition,
      ...results('input'),
      Seconds: { check: expressionOr('input', integerBetween(0, limits.timeoutSeconds)) },
      Timestamp: { check: expressionOr('input', literalTimestamp) },
    },
    Choice: {
      ...common,
      ...results('input'),
      Choices: { check: blocks.choices, required: true },
      Default: { check: anyText },
    },
    Succeed: { ...common, Output: { check: template('input') } },
    Fail: {
      ...common,
      Error: { check: expressionOr('input', anyText) },
      Cause: { check: expressionOr('input', anyText) },
    },
    Parallel: {
      ...common,
      ...transition,
      ...results('result'),
      ...errors,
      Arguments: { check: template('input') },
      Branches: { check: blocks.branches, required: true },
    },
    Map: {
      ...common,
      ...transition,
      ...results('result'),
      ...errors,
      Items: { check: expressionOr('input', literalArray) },
      ItemSelector: { check: template('input') },
      MaxConcurrency: { check: expressionOr('input', integerBetween(0, limits.timeoutSeconds)) },
      ItemProcessor: { check: blocks.itemProcessor, required: true },
    },
  };
}

export const choiceRuleFields: Fields = {
  Condition: { check: expressionOr('input', literalBoolean), required: true },
  Next: { check: anyText, required: true },
  Comment: { check: anyText },
  ...results('input'),
};
