/**
 * The shapes that clients of the AWS SDK v3 export for their operations (`RunJobFlowInput$`). They are arrays:
 * structure [3, namespace, name, traits, member names, member schemas, count of required members (they come first)],
 * list [1, namespace, name, traits, item], map [2, namespace, name, traits, key, value], simple [0, ..., code];
 * a number is a simple shape's code, with 64 added for a list of it and 128 for a map.
 */
export type Shape =
  | { kind: 'structure'; name: string; required: string[]; members: Map<string, () => Shape> }
  | { kind: 'list'; item: () => Shape }
  | { kind: 'map'; value: () => Shape }
  | { kind: 'string' | 'number' | 'boolean' | 'any' };

const LIST = 64;
const MAP = 128;
const CODES: Readonly<Record<number, 'string' | 'number' | 'boolean'>> = {
  0: 'string',
  1: 'number',
  2: 'boolean',
  17: 'number',
  19: 'number',
};

/** @throws Error when the SDK's form of a schema is none of those above: it has changed. */
export function shapeOf(schema: unknown): Shape {
  if (typeof schema === 'function') return shapeOf(schema());
  if (typeof schema === 'number') return simpleShape(schema);
  if (!Array.isArray(schema))
    throw new Error(`Expected a schema of the AWS SDK, got ${JSON.stringify(schema)}.`);
  const [head, , name, , ...rest] = schema;
  // A member with traits of its own: [schema, traits]; `null` stands for a document or a blob.
  if (typeof head !== 'number' || schema.length === 2) return head === null ? { kind: 'any' } : shapeOf(head);
  switch (head) {
    case 0:
      return simpleShape(Number(rest[0]));
    case 1:
      return { kind: 'list', item: () => shapeOf(rest[0]) };
    case 2:
      return { kind: 'map', value: () => shapeOf(rest[1]) };
    case 3: {
      const names = (rest[0] ?? []) as string[];
      const schemas = (rest[1] ?? []) as unknown[];
      return {
        kind: 'structure',
        name: String(name),
        required: names.slice(0, Number(rest[2] ?? 0)),
        members: new Map(names.map((member, index) => [member, () => shapeOf(schemas[index])])),
      };
    }
    default:
      return { kind: 'any' };
  }
}

function simpleShape(code: number): Shape {
  if (code >= MAP) return { kind: 'map', value: () => simpleShape(code - MAP) };
  if (code >= LIST) return { kind: 'list', item: () => simpleShape(code - LIST) };
  return { kind: CODES[code] ?? 'any' };
}

/** A structure of our own making, for what an integration takes besides the API's shapes. */
export function structure(
  name: string,
  required: Record<string, Shape>,
  optional: Record<string, Shape> = {},
): Shape {
  const members = Object.entries({ ...required, ...optional });
  return {
    kind: 'structure',
    name,
    required: Object.keys(required),
    members: new Map(members.map(([member, shape]) => [member, () => shape])),
  };
}
