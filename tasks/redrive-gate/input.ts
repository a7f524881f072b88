import * as z from 'zod';

/** What the state machine hands to the task. */
export const inputSchema = z.strictObject({
  error: z.string(),
  cause: z.string(),
  failedAtRedrive: z.int().min(0),
  redriveCount: z.int().min(0),
});
