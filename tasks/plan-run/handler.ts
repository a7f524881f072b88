import { environment } from '../adapters/environment.ts';
import { lambdaHandler } from '../adapters/lambda-handler.ts';
import { dynamoStateTable, s3ObjectStore } from '../adapters/world.ts';
import { parseInput } from '../core/parse-input.ts';
import { inputSchema } from './input.ts';
import { planRun } from './plan-run.ts';
import published from './prices.json' with { type: 'json' };
import { pricesSchema } from './prices.ts';

/** A deployment whose compute is priced otherwise says so in JSON of the same form. */
const own = process.env['TIDEGATE_PRICES'];

const world = {
  objects: s3ObjectStore(),
  table: dynamoStateTable(),
  clock: { now: () => new Date() },
  prices: parseInput(pricesSchema, own ? JSON.parse(own) : published, 'The price table'),
  destinationBucket: environment('TIDEGATE_DESTINATION_BUCKET'),
  lakeBucket: environment('TIDEGATE_LAKE_BUCKET'),
  artifactsBucket: environment('TIDEGATE_ARTIFACTS_BUCKET'),
  emrRelease: process.env['TIDEGATE_EMR_RELEASE'] ?? 'emr-spark-8.1.0',
  leastJobSeconds: Number(process.env['TIDEGATE_LEAST_JOB_SECONDS'] ?? 0),
};

export const handler = lambdaHandler('PlanRun', inputSchema, (input) => planRun(input, world));
