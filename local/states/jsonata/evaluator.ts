import jsonata from 'jsonata';
import { copyJson, defineMember, isJsonObject, type Json, type JsonObject } from '../json.ts';
import { budgetBinding, freshBudget } from './budget.ts';
import { compile } from './compile.ts';
import { expressionBody, isExpression } from './expression.ts';
import { QueryFailure } from './failure.ts';
import { type Chance, chanceFunctions } from './functions.ts';
import { followPlainPath, plainPath } from './plain-path.ts';

/** What an expression sees by name: `states`, and the variables of its scope and the scopes around it. */
export type Bindings = JsonObject;

export type JsonType = 'array' | 'object' | 'string' | 'number' | 'boolean' | 'null';

export interface Evaluator {
  /** The template with every expression in it replaced by its value. Throws QueryFailure. */
  evaluate(template: Json, field: string, bindings: Bindings): Promise<Json>;
  /** The same, refusing a value of another type than those expected. */
  evaluateTo(expected: JsonType, template: Json, field: string, bindings: Bindings): Promise<Json>;
}

const formatMillis = jsonata('$fromMillis($millis, $picture, $zone)');

/** Evaluates templates by jsonata, whose own clock and chance are replaced by the engine's. */
export function createEvaluator(chance: Chance): Evaluator {
  const functions = chanceFunctions(chance);

  /** $now and $millis, by the engine's clock; they stand still during one evaluation, as JSONata has it. */
  function timeFunctions(): Record<string, unknown> {
    const millis = chance.now();
    return {
      millis: () => millis,
      now: (picture?: string, zone?: string) =>
        formatMillis.evaluate(undefined, {
          millis,
          ...(picture === undefined ? {} : { picture }),
          ...(zone === undefined ? {} : { zone }),
        }),
    };
  }

  async function value(text: string, field: string, bindings: Bindings): Promise<Json> {
    const body = expressionBody(text);
    let result: unknown;
    try {
      const path = plainPath(body);
      const plain = path && followPlainPath(path, bindings);
      if (plain !== undefined) return plain;
      result = await compile(body).evaluate(undefined, {
        ...functions,
        ...timeFunctions(),
        ...bindings,
        [budgetBinding]: freshBudget(),
      });
    } catch (error) {
      throw new QueryFailure(body, field, `threw an error during evaluation. ${errorText(error)}`);
    }
    if (result === undefined) throw new QueryFailure(body, field, 'returned nothing (undefined).');
    const json = toJson(result);
    if (json === undefined) throw new QueryFailure(body, field, 'returned an unsupported result type.');
    return json;
  }

  async function evaluate(template: Json, field: string, bindings: Bindings): Promise<Json> {
    if (typeof template === 'string')
      return isExpression(template) ? value(template, field, bindings) : template;
    if (template === null || typeof template !== 'object') return template;
    if (!hasExpression(template)) return copyJson(template);
    if (Array.isArray(template)) {
      const items: Json[] = [];
      for (const [index, item] of template.entries())
        items.push(await evaluate(item, `${field}[${index}]`, bindings));
      return items;
    }
    const object: JsonObject = {};
    for (const [key, item] of Object.entries(template))
      defineMember(object, key, await evaluate(item, `${field}/${key}`, bindings));
    return object;
  }

  return {
    evaluate,
    async evaluateTo(expected, template, field, bindings) {
      const result = await evaluate(template, field, bindings);
      const actual = typeOf(result);
      if (actual === expected) return result;
      throw new QueryFailure(
        typeof template === 'string' ? expressionBody(template) : JSON.stringify(template),
        field,
        `returned an unexpected result type. Expected '${expected}', but was '${actual}' for value: ${JSON.stringify(result)}`,
      );
    },
  };
}

function hasExpression(template: Json): boolean {
  if (typeof template === 'string') return isExpression(template);
  if (Array.isArray(template)) return template.some(hasExpression);
  return isJsonObject(template) && Object.values(template).some(hasExpression);
}

function typeOf(value: Json): JsonType {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value as JsonType;
}

/**
 * A plain copy of what jsonata returned, whose arrays carry flags of their own; undefined if it holds a
 * function, which JSON can't.
 */
function toJson(value: unknown): Json | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  // JSON has no such numbers: AWS writes their names.
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : String(value);
  if (Array.isArray(value)) {
    const items: Json[] = [];
    for (const item of value) {
      if (item === undefined) continue;
      const json = toJson(item);
      if (json === undefined) return undefined;
      items.push(json);
    }
    return items;
  }
  // jsonata keeps functions as objects with one of these flags, and regular expressions as functions.
  if (typeof value !== 'object' || '_jsonata_lambda' in value || '_jsonata_function' in value)
    return undefined;
  const object: JsonObject = {};
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue;
    const json = toJson(item);
    if (json === undefined) return undefined;
    defineMember(object, key, json);
  }
  return object;
}

function errorText(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? `${error.code}: ` : '';
  const message = 'message' in error ? String(error.message) : JSON.stringify(error);
  return `${code}${message}`;
}
