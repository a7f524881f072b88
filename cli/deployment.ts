import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { awsClientSettings } from '../tasks/adapters/aws-client.ts';
import { DynamoStateTable } from '../tasks/adapters/dynamo-state-table.ts';
import { s3ObjectStore } from '../tasks/adapters/world.ts';
import type { RunFolders } from '../tasks/core/folders/run-folders.ts';
import type { StateTable } from '../tasks/core/ports.ts';
import { CommandFailure } from './command-failure.ts';

/** What the commands need of a deployment, on AWS or on this machine. */
export interface Deployment {
  sourceBucket: string;
  stateMachineArn: string;
  table: StateTable;
  s3: S3Client;
  sfn: SFNClient;
}

/** Of an upload that fails the SDK would write a line of its own. */
const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** The deployment that the environment names. @throws CommandFailure naming the variable that is not set. */
export function deployment(): Deployment {
  const client = new DynamoDBClient(awsClientSettings);
  return {
    sourceBucket: variable('TIDEGATE_SOURCE_BUCKET', 'SourceBucket'),
    stateMachineArn: variable('TIDEGATE_STATE_MACHINE_ARN', 'StateMachineArn'),
    table: new DynamoStateTable(
      DynamoDBDocumentClient.from(client),
      variable('TIDEGATE_STATE_TABLE', 'StateTable'),
    ),
    // An upload may take longer than any call of a function.
    s3: new S3Client({ forcePathStyle: true, logger: SILENT }),
    sfn: new SFNClient(awsClientSettings),
  };
}

/** @throws CommandFailure */
export const runFolders = (): RunFolders => ({
  objects: s3ObjectStore(),
  destinationBucket: variable('TIDEGATE_DESTINATION_BUCKET', 'DestinationBucket'),
});

/** A variable of the environment. @throws CommandFailure naming the variable, and the stack's output that tells it. */
export function variable(name: string, output: string): string {
  const value = process.env[name];
  if (value) return value;
  throw new CommandFailure(
    `${name} is not set. On this machine: eval "$(make -s env)"; on AWS: export it with the value of the stack's output ${output}.`,
  );
}
