import { bigQueryWarehouse } from '../adapters/bigquery-warehouse.ts';
import { environment } from '../adapters/environment.ts';
import { gcsPartStore } from '../adapters/gcs-part-store.ts';
import { lambdaHandler } from '../adapters/lambda-handler.ts';
import { s3ObjectStore } from '../adapters/world.ts';
import { deliver } from './deliver.ts';
import { inputSchema } from './input.ts';

const world = {
  objects: s3ObjectStore(),
  parts: gcsPartStore(),
  warehouse: bigQueryWarehouse(),
  clock: { now: () => new Date() },
  destinationBucket: environment('TIDEGATE_DESTINATION_BUCKET'),
  datasetName: environment('TIDEGATE_BIGQUERY_DATASET'),
  stagingDatasetName: environment('TIDEGATE_BIGQUERY_STAGING_DATASET'),
};

export const handler = lambdaHandler('Deliver', inputSchema, (input) => deliver(input, world));
