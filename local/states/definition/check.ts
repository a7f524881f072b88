import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { isExpression } from '../jsonata/expression.ts';
import { checkExpression, type Scope } from './check-expression.ts';
import type { Report } from './problem.ts';

/** Checks one value at its path. */
export type Check = (value: Json, path: string, report: Report) => void;

export interface Field {
  readonly check: Check;
  readonly required?: boolean;
}

/** The text of a value for a message, cut where it is long. */
export function shown(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** An object with these fields and no other. `refused` words the refusal of fields that AWS knows and this server does not run. */
export function checkFields(
  value: JsonObject,
  path: string,
  report: Report,
  fields: Readonly<Record<string, Field>>,
  refused: (field: string) => string | undefined = () => undefined,
): void {
  const missing = Object.entries(fields)
    .filter(([name, field]) => field.required && !(name in value))
    .map(([name]) => name);
  if (missing.length > 0)
    report.add(path === '' ? '/' : path, `These fields are required: [${missing.join(', ')}]`);
  for (const [name, item] of Object.entries(value)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    const place = `${path}/${name}`;
    if (field) field.check(item, place, report);
    else
      report.add(
        place,
        refused(name) ??
          `Field '${name}' is not supported: expected one of ${Object.keys(fields).join(', ')}`,
      );
  }
}

export const anyText: Check = (value, path, report) => {
  if (typeof value !== 'string') report.add(path, `Expected value of type String, got ${shown(value)}`);
};

export function oneOf(...allowed: Json[]): Check {
  return (value, path, report) => {
    if (!allowed.includes(value))
      report.add(
        path,
        `Expected ${allowed.map((item) => JSON.stringify(item)).join(' or ')}, got ${shown(value)}`,
      );
  };
}

export function integerBetween(least: number, most: number): Check {
  return (value, path, report) => {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most)
      report.add(path, `Expected an integer from ${least} to ${most}, got ${shown(value)}`);
  };
}

export function numberAtLeast(least: number): Check {
  return (value, path, report) => {
    if (typeof value !== 'number' || value < least)
      report.add(path, `Expected a number of at least ${least}, got ${shown(value)}`);
  };
}

/** An expression, or a literal that the other check accepts. */
export function expressionOr(scope: Scope, literal: Check): Check {
  return (value, path, report) => {
    if (typeof value === 'string' && isExpression(value)) checkExpression(value, path, scope, report);
    else literal(value, path, report);
  };
}

/** Any JSON, with expressions anywhere in it. */
export function template(scope: Scope): Check {
  const check: Check = (value, path, report) => {
    if (typeof value === 'string') {
      if (isExpression(value)) checkExpression(value, path, scope, report);
      else checkDelimiters(value, path, report);
    } else if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) check(item, `${path}[${index}]`, report);
    } else if (isJsonObject(value)) {
      for (const [key, item] of Object.entries(value)) check(item, `${path}/${key}`, report);
    }
  };
  return check;
}

/** A string with one delimiter alone is a slip: AWS refuses it too. */
function checkDelimiters(value: string, path: string, report: Report): void {
  if (value.startsWith('{%') !== value.endsWith('%}'))
    report.add(
      path,
      `The JSONata expression ${shown(value)} is not enclosed: expected it to begin with '{%' and end with '%}'`,
    );
}
