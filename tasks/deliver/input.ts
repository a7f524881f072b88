import * as z from 'zod';
import { refusedSchema } from '../core/refused.ts';

/** What the state machine hands to the task. */
export const inputSchema = z.strictObject({
  dataset: z.string(),
  runId: z.string(),
  attempt: z.int().min(1),
  /** Attempts of earlier runs that merged and were never delivered, oldest first: they go before this one. */
  owed: z.array(z.strictObject({ runId: z.string(), attempt: z.int().min(1) })),
  /** The job that the call before was waiting for; '': none. */
  waitingFor: z.string(),
  /** What the calls before could not deliver of what is owed. */
  refused: z.array(refusedSchema),
  /** What they delivered of it. An execution that began before this was passed on tells nothing of it. */
  owedDelivered: z.array(z.string()).default([]),
});
