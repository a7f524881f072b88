import { environment } from '../adapters/environment.ts';
import { lambdaHandler } from '../adapters/lambda-handler.ts';
import { dynamoStateTable, s3ObjectStore } from '../adapters/world.ts';
import { randomBackOff } from '../core/state-table/random-back-off.ts';
import { admitUpload } from './admit-upload.ts';
import { inputSchema } from './input.ts';

const world = {
  objects: s3ObjectStore(),
  table: dynamoStateTable(),
  clock: { now: () => new Date() },
  backOff: randomBackOff,
  sourceBucket: environment('TIDEGATE_SOURCE_BUCKET'),
  artifactsBucket: environment('TIDEGATE_ARTIFACTS_BUCKET'),
  destinationBucket: environment('TIDEGATE_DESTINATION_BUCKET'),
};

export const handler = lambdaHandler('AdmitUpload', inputSchema, ({ input, execution }) =>
  admitUpload(input, execution, world),
);
