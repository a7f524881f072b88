import { environment } from '../adapters/environment.ts';
import { lambdaHandler } from '../adapters/lambda-handler.ts';
import { dynamoStateTable, s3ObjectStore } from '../adapters/world.ts';
import { inputSchema } from './input.ts';
import { verifyOutput } from './verify-output.ts';

const world = {
  objects: s3ObjectStore(),
  table: dynamoStateTable(),
  destinationBucket: environment('TIDEGATE_DESTINATION_BUCKET'),
};

export const handler = lambdaHandler('VerifyOutput', inputSchema, (input) => verifyOutput(input, world));
