import * as z from 'zod';

/** What the Spark job writes to `<attempt folder>/error.json` when it fails. */
export const jobErrorSchema = z.looseObject({
  formatVersion: z.literal(1),
  runId: z.string(),
  attempt: z.int().min(1),
  /** A name of the error table, or the job's general one. */
  error: z.string(),
  message: z.string(),
  /** The stage of the job that failed, e.g. "read". */
  stage: z.string(),
});

export type JobError = z.infer<typeof jobErrorSchema>;
