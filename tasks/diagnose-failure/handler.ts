import { emrClusters } from '../adapters/emr-world.ts';
import { environment } from '../adapters/environment.ts';
import { lambdaHandler } from '../adapters/lambda-handler.ts';
import { dynamoStateTable, s3ObjectStore } from '../adapters/world.ts';
import { diagnoseFailure } from './diagnose-failure.ts';
import { inputSchema } from './input.ts';

const world = {
  objects: s3ObjectStore(),
  table: dynamoStateTable(),
  clusters: emrClusters(),
  destinationBucket: environment('TIDEGATE_DESTINATION_BUCKET'),
  artifactsBucket: environment('TIDEGATE_ARTIFACTS_BUCKET'),
  glueJob: environment('TIDEGATE_GLUE_JOB'),
  stateMachineArn: environment('TIDEGATE_STATE_MACHINE_ARN'),
};

export const handler = lambdaHandler('DiagnoseFailure', inputSchema, (input) =>
  diagnoseFailure(input, world),
);
