/** Where a person looks further: pages of the AWS console, by what they show. */
export interface Link {
  label: string;
  url: string;
}

const consoleOf = (region: string): string => `https://${region}.console.aws.amazon.com`;

/** An ARN's region, its fourth part. */
export const regionOf = (arn: string): string => arn.split(':')[3] ?? '';

export const executionLink = (arn: string): Link => ({
  label: 'Execution',
  url: `${consoleOf(regionOf(arn))}/states/home?region=${regionOf(arn)}#/v2/executions/details/${arn}`,
});

export const clusterLink = (region: string, clusterId: string): Link => ({
  label: 'Cluster',
  url: `${consoleOf(region)}/emr/home?region=${region}#/clusterDetails/${clusterId}`,
});

export const stepLink = (region: string, clusterId: string, stepId: string): Link => ({
  label: 'Step',
  url: `${consoleOf(region)}/emr/home?region=${region}#/clusterDetails/${clusterId}/steps/${stepId}`,
});

export const objectsLink = (region: string, label: string, bucket: string, prefix: string): Link => ({
  label,
  url: `${consoleOf(region)}/s3/buckets/${bucket}?region=${region}&prefix=${encodeURIComponent(prefix)}`,
});

export const jobRunLink = (region: string, jobName: string, jobRunId: string): Link => ({
  label: 'Job run',
  url: `${consoleOf(region)}/gluestudio/home?region=${region}#/job/${encodeURIComponent(jobName)}/run/${jobRunId}`,
});

/** Glue's log group for what a job writes to standard error; a run's stream is named by its id. */
export const jobLogLink = (region: string, jobRunId: string): Link => ({
  label: 'Job log',
  url: `${consoleOf(region)}/cloudwatch/home?region=${region}#logsV2:log-groups/log-group/$252Faws-glue$252Fjobs$252Ferror/log-events/${jobRunId}`,
});
