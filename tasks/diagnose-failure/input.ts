import * as z from 'zod';
import { executionSchema } from '../core/execution.ts';

/** What the state machine hands to the task. */
export const inputSchema = z.strictObject({
  failure: z.strictObject({ state: z.string(), error: z.string(), cause: z.string() }),
  execution: executionSchema,
  input: z.unknown(),
  attempt: z.int().min(0),
  clusterId: z.string(),
});
