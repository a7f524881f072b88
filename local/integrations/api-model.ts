import type { ArgumentProblem } from '../states/adapters/adapter.ts';
import { isJsonObject, type Json } from '../states/json.ts';
import { isExpression } from '../states/jsonata/expression.ts';

/**
 * What is wrong with a Task's Arguments by the model of the API call that they go to: unknown members, missing ones
 * that are required, values of another type. The model is the schema that the SDK's client carries, e.g.
 * `RunJobFlowInput$`. JSONata expressions are accepted anywhere.
 */
export function problemsByModel(schema: unknown, value: Json, path = ''): ArgumentProblem[] {
  if (typeof value === 'string' && isExpression(value)) return [];
  const model = modelOf(schema);
  if (model.kind === 'simple') return problemsOfSimple(model.type, value, path);
  if (model.kind === 'list') {
    if (!Array.isArray(value)) return [{ path, message: 'expected an array' }];
    return value.flatMap((item, index) => problemsByModel(model.item, item, `${path}/${index}`));
  }
  if (!isJsonObject(value)) return [{ path, message: 'expected an object' }];
  if (model.kind === 'map')
    return Object.entries(value).flatMap(([key, item]) =>
      problemsByModel(model.item, item, `${path}/${key}`),
    );
  const { names, schemas, required } = model;
  return [
    ...names
      .slice(0, required)
      .filter((name) => !(name in value))
      .map((name) => ({ path: `${path}/${name}`, message: 'is required' })),
    ...Object.entries(value).flatMap(([name, member]) => {
      const at = names.indexOf(name);
      return at < 0
        ? [{ path: `${path}/${name}`, message: `is none of ${names.join(', ')}` }]
        : problemsByModel(schemas[at], member, `${path}/${name}`);
    }),
  ];
}

type Model =
  | { kind: 'simple'; type: number }
  | { kind: 'list'; item: unknown }
  | { kind: 'map'; item: unknown }
  | { kind: 'structure'; names: string[]; schemas: unknown[]; required: number };

/**
 * The SDK's static schemas (@smithy/core): a number is a simple type, with 64 or 128 added a list or map of one; an
 * array begins with its kind (0 simple, 1 list, 2 map, 3 structure), or with a schema followed by a member's traits.
 */
function modelOf(schema: unknown): Model {
  if (typeof schema === 'function') return modelOf(schema());
  if (typeof schema === 'number') {
    if (schema & 64) return { kind: 'list', item: schema & 63 };
    if (schema & 128) return { kind: 'map', item: schema & 63 };
    return { kind: 'simple', type: schema };
  }
  if (!Array.isArray(schema)) throw new Error(`No schema of the SDK: ${String(schema)}`);
  switch (schema[0]) {
    case 0:
      return { kind: 'simple', type: schema[4] };
    case 1:
      return { kind: 'list', item: schema[4] };
    case 2:
      return { kind: 'map', item: schema[5] };
    case 3:
      return { kind: 'structure', names: schema[4], schemas: schema[5], required: schema[6] ?? 0 };
    default:
      return modelOf(schema[0]);
  }
}

/** Simple types by their number in the schemas; others (documents, timestamps) are left to the service. */
const TYPES: Readonly<Record<number, 'string' | 'number' | 'boolean'>> = {
  0: 'string',
  1: 'number',
  2: 'boolean',
  17: 'number',
  19: 'number',
};

function problemsOfSimple(type: number, value: Json, path: string): ArgumentProblem[] {
  const expected = TYPES[type & 31];
  return expected === undefined || typeof value === expected
    ? []
    : [{ path, message: `expected a ${expected}` }];
}
