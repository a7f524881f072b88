import * as z from 'zod';
import { emrClusters } from '../adapters/emr-world.ts';
import { environment } from '../adapters/environment.ts';
import { lambdaHandler } from '../adapters/lambda-handler.ts';
import { s3ObjectStore } from '../adapters/world.ts';
import { executionSchema } from '../core/execution.ts';
import { diagnoseFailure } from './diagnose-failure.ts';

const inputSchema = z.strictObject({
  failure: z.strictObject({ state: z.string(), error: z.string(), cause: z.string() }),
  execution: executionSchema,
  input: z.unknown(),
  attempt: z.int().min(0),
  clusterId: z.string(),
});

const world = {
  objects: s3ObjectStore(),
  clusters: emrClusters(),
  destinationBucket: environment('TIDEGATE_DESTINATION_BUCKET'),
  stateMachineArn: environment('TIDEGATE_STATE_MACHINE_ARN'),
};

export const handler = lambdaHandler('DiagnoseFailure', inputSchema, (input) =>
  diagnoseFailure(input, world),
);
