import * as z from 'zod';
import { executionSchema } from '../core/execution.ts';

/** From the state CleanUp: the execution runs, and failed just now. */
export const failureSchema = z.strictObject({
  execution: executionSchema,
  error: z.string(),
  cause: z.string(),
  /** SNS's answer to the alert; '': it did not go out. */
  messageId: z.string(),
});

/** From the rule on the execution's status: it ended, some time ago. */
const statusChangeSchema = z.object({
  source: z.literal('aws.states'),
  detail: z.object({ executionArn: z.string() }),
});

/** From the schedule: look after all that nobody looked after. */
const sweepSchema = z.strictObject({ sweep: z.literal(true) });

export const inputSchema = z.union([failureSchema, statusChangeSchema, sweepSchema]);
