import { isJsonObject, type Json, type JsonObject } from '../json.ts';

/** `$variable.field.field`, the most frequent of all expressions. */
const form = /^\$[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/;

/** Expressions whose path, or want of one, is kept. */
const cacheSize = 5_000;

const paths = new Map<string, { readonly names: readonly string[] | undefined }>();

/** What JSONata reads as something else than a field. */
const words = new Set(['and', 'or', 'in', 'true', 'false', 'null', 'function']);

/** The names of a plain path, the variable's first; undefined if the expression is anything more. */
export function plainPath(body: string): readonly string[] | undefined {
  const known = paths.get(body);
  if (known) return known.names;
  const names = form.test(body) ? body.slice(1).split('.') : undefined;
  const isPlain = names?.every((name) => !words.has(name));
  const added = { names: isPlain ? names : undefined };
  if (paths.size >= cacheSize) paths.clear();
  paths.set(body, added);
  return added.names;
}

/**
 * What JSONata gives for a plain path through objects alone. Undefined where one of the names is not there or
 * an array is on the way: what follows then is for JSONata to say.
 */
export function followPlainPath(names: readonly string[], variables: JsonObject): Json | undefined {
  let value: Json = variables;
  for (const name of names) {
    if (!isJsonObject(value) || !Object.hasOwn(value, name)) return undefined;
    const next: Json | undefined = value[name];
    if (next === undefined) return undefined;
    value = next;
  }
  return value;
}
