import { DynamoDBClient, type DynamoDBServiceException } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import {
  CreateBucketCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { arns, names } from './names.ts';
import { createTableOfState } from './state-table.ts';

/** Makes the buckets, the state table, the topic, the queues and the rule; what is there already stays as it is. */
export async function createAwsResources(
  s3: S3Client,
  eventPattern: string,
  connection: { endpoint: string },
): Promise<void> {
  const sqs = new SQSClient(connection);
  await Promise.all([
    createBuckets(s3),
    createStateTable(new DynamoDBClient(connection)),
    sqs.send(new CreateQueueCommand({ QueueName: names.uploadsQueue })),
    sqs.send(new CreateQueueCommand({ QueueName: names.alertsQueue })),
  ]);
  await Promise.all([
    routeUploads(new EventBridgeClient(connection), eventPattern),
    subscribeAlerts(new SNSClient(connection)),
  ]);
}

async function createBuckets(s3: S3Client): Promise<void> {
  const buckets = [names.sourceBucket, names.lakeBucket, names.destinationBucket, names.artifactsBucket];
  await Promise.all(buckets.map((Bucket) => s3.send(new CreateBucketCommand({ Bucket }))));
  const Bucket = names.sourceBucket;
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket,
      NotificationConfiguration: { EventBridgeConfiguration: {} },
    }),
  );
}

async function createStateTable(dynamo: DynamoDBClient): Promise<void> {
  try {
    await dynamo.send(createTableOfState(names.stateTable));
  } catch (error) {
    if ((error as DynamoDBServiceException).name !== 'ResourceInUseException') throw error;
  }
}

async function routeUploads(events: EventBridgeClient, eventPattern: string): Promise<void> {
  await events.send(new PutRuleCommand({ Name: names.rule, EventPattern: eventPattern, State: 'ENABLED' }));
  await events.send(
    new PutTargetsCommand({ Rule: names.rule, Targets: [{ Id: 'dispatcher', Arn: arns.uploadsQueue }] }),
  );
}

async function subscribeAlerts(sns: SNSClient): Promise<void> {
  await sns.send(new CreateTopicCommand({ Name: names.topic }));
  await sns.send(
    new SubscribeCommand({
      TopicArn: arns.topic,
      Protocol: 'sqs',
      Endpoint: arns.alertsQueue,
      Attributes: { RawMessageDelivery: 'false' },
    }),
  );
}
