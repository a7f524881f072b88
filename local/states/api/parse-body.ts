import type * as z from 'zod';
import { ApiError } from './api-error.ts';

/** The body in the call's shape. Throws ValidationException with the place and what was expected there. */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    (issue) => `Value at '${issue.path.join('.') || '/'}' failed to satisfy constraint: ${issue.message}`,
  );
  throw new ApiError(
    'ValidationException',
    `${problems.length} validation error${problems.length === 1 ? '' : 's'} detected: ${problems.join('; ')}`,
  );
}
