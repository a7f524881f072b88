import type { EventPattern } from 'aws-cdk-lib/aws-events';
import * as z from 'zod';
import patternFile from '../../state-machines/upload-event-pattern.json' with { type: 'json' };

/** Stands in the file for the bucket's name. */
const PLACEHOLDER = `\${SourceBucket}`;

const patternSchema = z.strictObject({
  source: z.array(z.string()),
  'detail-type': z.array(z.string()),
  detail: z.record(z.string(), z.unknown()),
});

/** The events that start the workflow, from the file that the local stack reads too. */
export function uploadEventPattern(sourceBucketName: string): EventPattern {
  const filled: unknown = JSON.parse(JSON.stringify(patternFile), (_, value: unknown) =>
    value === PLACEHOLDER ? sourceBucketName : value,
  );
  const { 'detail-type': detailType, ...pattern } = patternSchema.parse(filled);
  return { ...pattern, detailType };
}
