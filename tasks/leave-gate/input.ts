import * as z from 'zod';
import { pinSchema } from '../core/pin.ts';

/** What the state machine hands to the task. */
export const inputSchema = z.strictObject({
  dataset: z.string(),
  runId: z.string(),
  attempt: z.int().min(0),
  redriveCount: z.int().min(0),
  pins: z.array(pinSchema),
  delivery: z
    .looseObject({
      owedDelivered: z.array(z.string()),
      refused: z.array(z.strictObject({ runId: z.string(), reason: z.string() })),
    })
    .nullable(),
});
