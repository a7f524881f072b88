import { GlueClient } from '@aws-sdk/client-glue';
import { awsClientSettings } from './aws-client.ts';
import { environment } from './environment.ts';
import { GlueJobRuns } from './glue-job-runs.ts';

export const glueJobRuns = (): GlueJobRuns =>
  new GlueJobRuns(new GlueClient(awsClientSettings), environment('TIDEGATE_GLUE_JOB'));
