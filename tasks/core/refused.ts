import * as z from 'zod';
import type { TidegateError } from './errors.ts';

/** An earlier run of the dataset whose change set is not delivered along with this one's, and why. */
export const refusedSchema = z.strictObject({ runId: z.string(), reason: z.string() });

export type Refused = z.infer<typeof refusedSchema>;

/** All of the reasons go from state to state. */
const MAX_REASON_LENGTH = 300;

export const refusedBy = (runId: string, { name, message }: TidegateError): Refused => ({
  runId,
  reason: `${name}: ${message}`.slice(0, MAX_REASON_LENGTH),
});
