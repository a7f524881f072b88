import type * as z from 'zod';
import { ApiError } from './api-error.ts';

/**
 * The body in the call's shape; members that are null count as absent. Throws SerializationException for a value
 * of another type, else ValidationException with the value, its place and what was expected, in AWS's words.
 */
export function parseBody<T>(schema: z.ZodType<T>, given: unknown): T {
  const body = withoutNulls(given);
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const mistyped = parsed.error.issues.find(
    (issue) => valueAt(body, issue.path) !== undefined && isMistyped(issue, valueAt(body, issue.path)),
  );
  if (mistyped)
    throw new ApiError('SerializationException', `${mistyped.message} at '${mistyped.path.join('.')}'`);
  const problems = parsed.error.issues.map((issue) => {
    const value = valueAt(body, issue.path);
    const shown =
      value === undefined ? 'null' : `'${typeof value === 'string' ? value : JSON.stringify(value)}'`;
    return `Value ${shown} at '${issue.path.join('.')}' failed to satisfy constraint: ${constraint(issue, value)}`;
  });
  throw new ApiError(
    'ValidationException',
    `${problems.length} validation error${problems.length === 1 ? '' : 's'} detected: ${problems.join('; ')}`,
  );
}

const isMistyped = (issue: z.core.$ZodIssue, value: unknown): boolean =>
  issue.code === 'invalid_type' ||
  (issue.code === 'invalid_value' && issue.values.every((one) => typeof one !== typeof value));

function withoutNulls(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const members = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(members.map(([name, member]) => [name, withoutNulls(member)]));
}

function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  let value = body;
  for (const key of path) value = (value as Record<PropertyKey, unknown> | undefined)?.[key];
  return value;
}

function constraint(issue: z.core.$ZodIssue, value: unknown): string {
  if (value === undefined) return 'Member must not be null';
  if (issue.code === 'invalid_value' && issue.message.startsWith('Invalid'))
    return `Member must satisfy enum value set: [${issue.values.join(', ')}]`;
  const measure = typeof value === 'string' ? 'length' : 'value';
  if (issue.code === 'too_big') return `Member must have ${measure} less than or equal to ${issue.maximum}`;
  if (issue.code === 'too_small')
    return `Member must have ${measure} greater than or equal to ${issue.minimum}`;
  if (issue.code === 'invalid_format' && 'pattern' in issue)
    return `Member must satisfy regular expression pattern: ${issue.pattern}`;
  return issue.message;
}
