import { isObject, type Json, type JsonObject } from '../definition.ts';

/** Which part of `$states` an expression may read besides its input and the context. */
export type Scope = 'input' | 'result' | 'errorOutput';

export interface PlacedExpression {
  /** As in findings: `Arguments.Payload.input`. */
  field: string;
  text: string;
  scope: Scope;
}

/** Everything between `{%` and `%}` in a state's own fields, those of inner states left out. */
export function expressionsOf(state: JsonObject): PlacedExpression[] {
  const { ItemProcessor: _, Branches: __, ...own } = state;
  const hasResult = ['Task', 'Map', 'Parallel'].includes(String(state['Type']));
  return Object.entries(own).flatMap(([field, value]) => {
    if (field === 'Catch') return textsIn(value, field, 'errorOutput');
    const scope = hasResult && (field === 'Assign' || field === 'Output') ? 'result' : 'input';
    return textsIn(value, field, scope);
  });
}

function textsIn(value: Json, field: string, scope: Scope): PlacedExpression[] {
  if (typeof value === 'string') return /\{%|%\}/.test(value) ? [{ field, text: value, scope }] : [];
  if (Array.isArray(value)) return value.flatMap((item, index) => textsIn(item, `${field}[${index}]`, scope));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => textsIn(item, `${field}.${key}`, scope));
}
