import { SNSClient } from '@aws-sdk/client-sns';
import { awsClientSettings } from '../adapters/aws-client.ts';
import { emrClusters } from '../adapters/emr-world.ts';
import { environment } from '../adapters/environment.ts';
import { glueJobRuns } from '../adapters/glue-world.ts';
import { lambdaHandler } from '../adapters/lambda-handler.ts';
import { sfnExecutions } from '../adapters/sfn-world.ts';
import { SnsNotices } from '../adapters/sns-notices.ts';
import { dynamoStateTable, s3ObjectStore } from '../adapters/world.ts';
import { randomBackOff } from '../core/state-table/random-back-off.ts';
import { inputSchema } from './input.ts';
import { leaveGate } from './leave-gate.ts';

const world = {
  objects: s3ObjectStore(),
  table: dynamoStateTable(),
  executions: sfnExecutions(),
  clusters: emrClusters(),
  jobRuns: glueJobRuns(),
  notices: new SnsNotices(new SNSClient(awsClientSettings), environment('TIDEGATE_TOPIC_ARN')),
  clock: { now: () => new Date() },
  backOff: randomBackOff,
  destinationBucket: environment('TIDEGATE_DESTINATION_BUCKET'),
};

export const handler = lambdaHandler('LeaveGate', inputSchema, (input) => leaveGate(input, world));
