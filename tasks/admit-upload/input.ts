import * as z from 'zod';
import { executionSchema } from '../core/execution.ts';

/** What the state machine hands to the task. */
export const inputSchema = z.strictObject({ input: z.unknown(), execution: executionSchema });
