import * as z from 'zod';
import { environment } from '../adapters/environment.ts';
import { gcsPartStore } from '../adapters/gcs-part-store.ts';
import { lambdaHandler } from '../adapters/lambda-handler.ts';
import { s3ObjectStore } from '../adapters/world.ts';
import { copyParts } from './copy-parts.ts';

const index = z.int().min(0);
const inputSchema = z.strictObject({
  dataset: z.string(),
  runId: z.string(),
  attempt: z.int().min(1),
  firstPart: index,
  lastPart: index,
});

const world = {
  objects: s3ObjectStore(),
  parts: gcsPartStore(),
  destinationBucket: environment('TIDEGATE_DESTINATION_BUCKET'),
};

export const handler = lambdaHandler('CopyParts', inputSchema, (input) => copyParts(input, world));
