import { emrClusters } from '../adapters/emr-world.ts';
import { environment } from '../adapters/environment.ts';
import { lambdaHandler } from '../adapters/lambda-handler.ts';
import { s3ObjectStore } from '../adapters/world.ts';
import { diagnoseFailure } from './diagnose-failure.ts';
import { inputSchema } from './input.ts';

const world = {
  objects: s3ObjectStore(),
  clusters: emrClusters(),
  destinationBucket: environment('TIDEGATE_DESTINATION_BUCKET'),
  stateMachineArn: environment('TIDEGATE_STATE_MACHINE_ARN'),
};

export const handler = lambdaHandler('DiagnoseFailure', inputSchema, (input) =>
  diagnoseFailure(input, world),
);
