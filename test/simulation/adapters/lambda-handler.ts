import type { Context } from 'aws-lambda';
import type * as z from 'zod';
import { parseInput } from '../../../tasks/core/parse-input.ts';

/** The edge of a task without its logs and metrics. */
export function lambdaHandler<S extends z.ZodType, Answer>(
  task: string,
  schema: S,
  act: (input: z.output<S>, context: Context) => Promise<Answer>,
): (event: unknown, context: Context) => Promise<Answer> {
  return async (event, context) => act(parseInput(schema, event, `The input of ${task}`), context);
}
