import * as z from 'zod';
import { batchSchema } from '../tasks/core/batch.ts';
import { contractSchema } from '../tasks/core/contract.ts';
import { manifestSchema } from '../tasks/core/manifest.ts';
import { jobErrorSchema } from '../tasks/diagnose-failure/job-error.ts';

/** What the Lambdas and the Spark job tell each other by files, by the name of the file. */
export const schemas = {
  contract: contractSchema,
  batch: batchSchema,
  manifest: manifestSchema,
  error: jobErrorSchema,
} as const satisfies Record<string, z.ZodType>;

/** The text of the JSON Schema that Python checks the same files by. */
export const format = (schema: z.ZodType): string => `${JSON.stringify(z.toJSONSchema(schema), null, 2)}\n`;
