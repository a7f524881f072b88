import { BUCKETS } from '../fakes/samples.ts';

export const STATE_MACHINE_ARN = 'arn:aws:states:us-east-1:123456789012:stateMachine:ingest';
const LAKE_BUCKET = 'lake';
/** BigQuery's datasets. */
export const TARGET_DATASET = 'target';

/** The environment of the functions, set before a handler is loaded. */
Object.assign(process.env, {
  AWS_REGION: 'us-east-1',
  TIDEGATE_SOURCE_BUCKET: BUCKETS.sourceBucket,
  TIDEGATE_LAKE_BUCKET: LAKE_BUCKET,
  TIDEGATE_DESTINATION_BUCKET: BUCKETS.destinationBucket,
  TIDEGATE_ARTIFACTS_BUCKET: BUCKETS.artifactsBucket,
  TIDEGATE_STATE_TABLE: 'state',
  TIDEGATE_TOPIC_ARN: 'arn:aws:sns:us-east-1:123456789012:alerts',
  TIDEGATE_STATE_MACHINE_ARN: STATE_MACHINE_ARN,
  TIDEGATE_GLUE_JOB: 'tidegate',
  TIDEGATE_BIGQUERY_DATASET: TARGET_DATASET,
  TIDEGATE_BIGQUERY_STAGING_DATASET: 'staging',
});
