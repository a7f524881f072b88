import * as z from 'zod';

/** What the state machine tells a task of the execution it works for. */
export const executionSchema = z.strictObject({
  arn: z.string().startsWith('arn:'),
  name: z.string(),
  startTime: z.iso.datetime(),
  /** 0 until the execution is redriven. */
  redriveCount: z.int().min(0),
});

export type Execution = z.infer<typeof executionSchema>;
