import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { awsClientSettings } from './aws-client.ts';
import { DynamoStateTable } from './dynamo-state-table.ts';
import { environment } from './environment.ts';
import { S3ObjectStore } from './s3-object-store.ts';

/**
 * The object store, with the bounds and retries that every client has. Path style: bucket names may hold dots. S3's own
 * checksum (CRC64NVME) is not asked for: the SDK would compute it, in JavaScript at a third of a GB/s, of all that is
 * streamed. TLS guards the bytes on the way, and what is copied is held against Cloud Storage's checksum.
 */
export const s3ObjectStore = (): S3ObjectStore =>
  new S3ObjectStore(
    new S3Client({
      ...awsClientSettings,
      forcePathStyle: true,
      responseChecksumValidation: 'WHEN_REQUIRED',
    }),
  );

export const dynamoStateTable = (): DynamoStateTable =>
  new DynamoStateTable(
    DynamoDBDocumentClient.from(new DynamoDBClient(awsClientSettings), {
      marshallOptions: { removeUndefinedValues: true },
    }),
    environment('TIDEGATE_STATE_TABLE'),
  );
