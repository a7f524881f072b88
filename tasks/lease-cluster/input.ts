import * as z from 'zod';
import { clusterShapeSchema } from '../core/records.ts';

/** What the state machine hands to the task. */
export const inputSchema = z.strictObject({
  dataset: z.string(),
  runId: z.string(),
  attempt: z.int().min(1),
  /** The compute that was planned. */
  shape: clusterShapeSchema,
  /** The cluster may grow so far for it; executions that began before there were such limits do not say. */
  mostInstances: z.int().min(1).optional(),
});
