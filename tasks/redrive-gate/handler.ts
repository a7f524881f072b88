import * as z from 'zod';
import { lambdaHandler } from '../adapters/lambda-handler.ts';

const inputSchema = z.strictObject({
  error: z.string(),
  cause: z.string(),
  failedAtRedrive: z.int().min(0),
  redriveCount: z.int().min(0),
});

/** The failure that the execution ends with, under its own name. */
class DiagnosedFailure extends Error {
  constructor(name: string, cause: string) {
    super(cause);
    this.name = name;
  }
}

/** Throws the failure unless the execution was redriven since: the redrive leads on from here. */
export const handler = lambdaHandler('RedriveGate', inputSchema, async (input) => {
  if (input.redriveCount <= input.failedAtRedrive) throw new DiagnosedFailure(input.error, input.cause);
  return { redrive: input.redriveCount };
});
