import type { Context } from 'aws-lambda';
import type * as z from 'zod';
import { asTransient } from '../../../tasks/core/failures/as-transient.ts';
import { parseInput } from '../../../tasks/core/parse-input.ts';

/** The edge of a task without its logs and metrics. */
export function lambdaHandler<S extends z.ZodType, Answer>(
  task: string,
  schema: S,
  act: (input: z.output<S>, context: Context) => Promise<Answer>,
): (event: unknown, context: Context) => Promise<Answer> {
  return async (event, context) => {
    try {
      return await act(parseInput(schema, event, `The input of ${task}`), context);
    } catch (error) {
      throw asTransient(error);
    }
  };
}
