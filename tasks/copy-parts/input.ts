import * as z from 'zod';

const index = z.int().min(0);
/** What the state machine hands to the task. */
export const inputSchema = z.strictObject({
  dataset: z.string(),
  runId: z.string(),
  attempt: z.int().min(1),
  /** Range of the manifest's change-set parts, both ends included, counted from 0. */
  firstPart: index,
  lastPart: index,
});
