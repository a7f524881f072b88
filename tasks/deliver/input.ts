import * as z from 'zod';

/** What the state machine hands to the task. */
export const inputSchema = z.strictObject({
  dataset: z.string(),
  runId: z.string(),
  attempt: z.int().min(1),
  owed: z.array(z.strictObject({ runId: z.string(), attempt: z.int().min(1) })),
  waitingFor: z.string(),
  refused: z.array(z.strictObject({ runId: z.string(), reason: z.string() })),
});
