import * as z from 'zod';
import { pinSchema } from '../core/pin.ts';
import { refusedSchema } from '../core/refused.ts';

/** What the state machine hands to the task. */
export const inputSchema = z.strictObject({
  dataset: z.string(),
  runId: z.string(),
  /** The attempt that was delivered; 0: no upload could be pinned, no job ran. */
  attempt: z.int().min(0),
  /** How often the execution was redriven. */
  redriveCount: z.int().min(0),
  /** Empty when the run was gone on from a finished attempt. */
  pins: z.array(pinSchema),
  /** What Deliver came to; null: nothing was to be delivered. */
  delivery: z
    .looseObject({
      /** Earlier runs whose change sets went along. */
      owedDelivered: z.array(z.string()),
      /** Earlier runs whose change sets BigQuery refused. */
      refused: z.array(refusedSchema),
    })
    .nullable(),
});
