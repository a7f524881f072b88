import type * as z from 'zod';
import type { inputSchema } from './input.ts';

/** The failure that the execution ends with, under its own name. */
class DiagnosedFailure extends Error {
  constructor(name: string, cause: string) {
    super(cause);
    this.name = name;
  }
}

/** Throws the failure unless the execution was redriven since: the redrive leads on from here. */
export function redriveGate(input: z.output<typeof inputSchema>): { redrive: number } {
  if (input.redriveCount <= input.failedAtRedrive) throw new DiagnosedFailure(input.error, input.cause);
  return { redrive: input.redriveCount };
}
