import { setTimeout as pause } from 'node:timers/promises';
import { SNSClient } from '@aws-sdk/client-sns';
import { awsClientSettings } from '../adapters/aws-client.ts';
import { emrClusters } from '../adapters/emr-world.ts';
import { environment } from '../adapters/environment.ts';
import { glueJobRuns } from '../adapters/glue-world.ts';
import { lambdaHandler } from '../adapters/lambda-handler.ts';
import { sfnExecutions } from '../adapters/sfn-world.ts';
import { SnsNotices } from '../adapters/sns-notices.ts';
import { dynamoStateTable } from '../adapters/world.ts';
import { randomBackOff } from '../core/state-table/random-back-off.ts';
import { cleanUp } from './clean-up.ts';
import { inputSchema } from './input.ts';

const world = {
  table: dynamoStateTable(),
  executions: sfnExecutions(),
  clusters: emrClusters(),
  jobRuns: glueJobRuns(),
  notices: new SnsNotices(new SNSClient(awsClientSettings), environment('TIDEGATE_TOPIC_ARN')),
  clock: { now: () => new Date() },
  backOff: randomBackOff,
  pause: (seconds: number) => pause(seconds * 1000),
  stateMachineArn: environment('TIDEGATE_STATE_MACHINE_ARN'),
  destinationBucket: environment('TIDEGATE_DESTINATION_BUCKET'),
};

export const handler = lambdaHandler('CleanUp', inputSchema, (input) => cleanUp(input, world));
