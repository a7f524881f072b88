import * as z from 'zod';
import { executionSchema } from '../core/execution.ts';

/** What the state machine hands to the task. */
export const inputSchema = z.strictObject({
  execution: executionSchema,
  input: z.unknown(),
  clusterId: z.string(),
  error: z.string(),
  cause: z.string(),
});
