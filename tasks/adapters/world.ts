import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { awsClientSettings } from './aws-client.ts';
import { DynamoStateTable } from './dynamo-state-table.ts';
import { environment } from './environment.ts';
import { S3ObjectStore } from './s3-object-store.ts';

/** The object store, with the bounds and retries that every client has. Path style: bucket names may hold dots. */
export const s3ObjectStore = (): S3ObjectStore =>
  new S3ObjectStore(new S3Client({ ...awsClientSettings, forcePathStyle: true }));

export const dynamoStateTable = (): DynamoStateTable =>
  new DynamoStateTable(
    DynamoDBDocumentClient.from(new DynamoDBClient(awsClientSettings), {
      marshallOptions: { removeUndefinedValues: true },
    }),
    environment('TIDEGATE_STATE_TABLE'),
  );
