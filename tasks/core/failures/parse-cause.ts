/** A Catch's cause as a value: services nest their answers in it as JSON text. Null when it is no JSON. */
export function parseCause(cause: string): unknown {
  try {
    return JSON.parse(cause);
  } catch {
    return null;
  }
}

/** The member at a path, where there is one. */
export function memberOf(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>(
    (at, name) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[name] : undefined),
    value,
  );
}

/** The text at a path; '' where there is none. */
export function textOf(value: unknown, ...path: string[]): string {
  const member = memberOf(value, ...path);
  return typeof member === 'string' ? member : '';
}
