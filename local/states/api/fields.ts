import * as z from 'zod';
import { limits } from '../limits.ts';

/** Members of requests, each with the constraints that AWS's model of the API gives it. */
export const fields = {
  name: z.string().min(1).max(limits.nameLength),
  arn: z.string().min(1).max(256),
  definition: z.string().min(1).max(limits.definitionBytes),
  payload: z.string().max(limits.payloadBytes),
  traceHeader: z
    .string()
    .max(256)
    .regex(/^\p{ASCII}*$/u),
  clientToken: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[!-~]+$/),
};
