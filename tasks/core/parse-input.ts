import * as z from 'zod';
import { type ErrorName, TidegateError } from './errors.ts';

/**
 * The value as the schema's type.
 * @param what names the value in the message, e.g. "the input of PlanRun".
 * @throws TidegateError (InvalidInput unless another name is given) with the path of every deviation.
 */
export function parseInput<S extends z.ZodType>(
  schema: S,
  value: unknown,
  what: string,
  errorName: ErrorName = 'InvalidInput',
): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new TidegateError(
    errorName,
    `${what} is not of the expected shape:\n${z.prettifyError(parsed.error)}`,
  );
}
