import { arns, names, region } from './names.ts';
import { endpointOf, type Stack } from './stack.ts';

/** What `make env` exports, and what the Lambda functions and all processes of the stack get. */
export function stackEnvironment(stack: Stack): Record<string, string> {
  const aws = endpointOf(stack, 'aws');
  const services = endpointOf(stack, 'services');
  return {
    AWS_ENDPOINT_URL: aws,
    AWS_ENDPOINT_URL_SFN: endpointOf(stack, 'states'),
    AWS_ENDPOINT_URL_EMR: services,
    AWS_ENDPOINT_URL_GLUE: services,
    AWS_ENDPOINT_URL_LAMBDA: services,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    TIDEGATE_SOURCE_BUCKET: names.sourceBucket,
    TIDEGATE_LAKE_BUCKET: names.lakeBucket,
    TIDEGATE_DESTINATION_BUCKET: names.destinationBucket,
    TIDEGATE_ARTIFACTS_BUCKET: names.artifactsBucket,
    TIDEGATE_STATE_TABLE: names.stateTable,
    TIDEGATE_TOPIC_ARN: arns.topic,
    TIDEGATE_ALERTS_QUEUE_URL: queueUrl(stack, names.alertsQueue),
    TIDEGATE_STATE_MACHINE_ARN: arns.stateMachine,
    TIDEGATE_GLUE_JOB: names.glueJob,
    // This machine is slower than those of a plan, and costs nothing: as long as EMR's jobs may take at least.
    TIDEGATE_LEAST_JOB_SECONDS: '43200',
    TIDEGATE_MAINTENANCE_JOB: names.maintenanceJob,
    TIDEGATE_GCS_ENDPOINT: endpointOf(stack, 'gcs'),
    TIDEGATE_GCS_BUCKET: names.gcsBucket,
    TIDEGATE_BIGQUERY_ENDPOINT: endpointOf(stack, 'bigquery'),
    TIDEGATE_BIGQUERY_PROJECT: names.bigQueryProject,
    TIDEGATE_BIGQUERY_DATASET: names.bigQueryDataset,
    TIDEGATE_BIGQUERY_STAGING_DATASET: names.bigQueryStagingDataset,
    TIDEGATE_BIGQUERY_LOCATION: names.bigQueryLocation,
  };
}

/** As the AWS emulator names its queues. */
export const queueUrl = (stack: Stack, queue: string): string =>
  `${endpointOf(stack, 'aws')}/${arns.uploadsQueue.split(':')[4]}/${queue}`;
