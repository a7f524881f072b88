import '../tasks/handlers/environment.ts';
import { GetJobRunCommand, GlueClient, StartJobRunCommand } from '@aws-sdk/client-glue';
import {
  CopyObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  NotFound,
  S3Client,
} from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import 'aws-sdk-client-mock-jest';
import { adopt } from '../../cli/commands/adopt.ts';
import { contractOf, manifestOf } from '../fakes/samples.ts';

const s3 = mockClient(S3Client);
const glue = mockClient(GlueClient);
const dynamo = mockClient(DynamoDBDocumentClient);
const ADOPTED = /^0adopted-\d{8}T\d{9}Z$/;
const body = (content: object) => ({
  Body: { transformToByteArray: async () => Buffer.from(JSON.stringify(content)) } as never,
});

let output = '';
beforeEach(() => {
  for (const client of [s3, glue, dynamo]) client.reset();
  output = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    output += text;
    return true;
  });
  jest.replaceProperty(process, 'env', { ...process.env, TIDEGATE_MAINTENANCE_JOB: 'tidegate-maintenance' });
  s3.on(HeadObjectCommand).resolves({ VersionId: 'v', ContentLength: 2 });
  s3.on(CopyObjectCommand).resolves({});
  glue.on(StartJobRunCommand).resolves({ JobRunId: 'jr_1' });
  glue.on(GetJobRunCommand).resolves({ JobRun: { JobRunState: 'SUCCEEDED' } });
});
afterEach(() => jest.restoreAllMocks());

/** What the job left: a manifest and the contract that it kept. */
const left = (deliver: 'bigquery' | 'none') =>
  s3
    .on(GetObjectCommand)
    .callsFake(({ Key }) =>
      body(
        Key.endsWith('contract.json') ? contractOf({ deliver }) : manifestOf('0adopted-1', 'f'.repeat(32)),
      ),
    );
const written = (): { sk: string; item: unknown }[] =>
  dynamo
    .commandCalls(TransactWriteCommand)
    .flatMap((call) => call.args[0].input.TransactItems ?? [])
    .map(({ Put }) => Put?.Item as { sk: string; item: unknown });

test('what was adopted is left as a run that BigQuery is owed', async () => {
  left('bigquery');
  expect(await adopt.run(['flights', 'old/flights/'])).toBe(0);
  const { Arguments: given = {} } = glue.commandCalls(StartJobRunCommand)[0]?.args[0].input ?? {};
  const runId = given['--run-id'] ?? '';
  expect(runId).toMatch(ADOPTED);
  expect(given).toEqual({
    '--adopt': 's3://lake/old/flights',
    '--contract': `s3://destination/runs/flights/${runId}/contract.json`,
    '--format': 'parquet',
    '--run-id': runId,
    '--output': `s3://destination/runs/flights/${runId}/attempts/1`,
  });
  expect(written()).toMatchObject([
    {
      sk: `run#${runId}`,
      item: { runId, status: 'SUCCEEDED', attempt: 1, outcome: { rows: { current: 7 } } },
    },
    { sk: `owed#${runId}`, item: { runId } },
  ]);
  expect(output).toContain('Adopted 7 rows into the table of flights; its next run');
});

test('of a dataset that stays in the lake, nothing is owed', async () => {
  left('none');
  await adopt.run(['flights', 'old', '--format', 'csv']);
  expect(written().map(({ sk }) => sk.split('#')[0])).toEqual(['run']);
});

test('the prefix may be written with its bucket, but no other', async () => {
  left('none');
  await adopt.run(['flights', 's3://lake/old/flights/']);
  expect(glue.commandCalls(StartJobRunCommand)[0]?.args[0].input.Arguments).toMatchObject({
    '--adopt': 's3://lake/old/flights',
  });
  await expect(adopt.run(['flights', 's3://other/old'])).rejects.toThrow(
    'expected a prefix of the second source bucket lake, found s3://other/old.',
  );
  expect(glue).toHaveReceivedCommandTimes(StartJobRunCommand, 1);
});

test('data that the job refuses is told in its words, and nothing is left', async () => {
  const ErrorMessage =
    'Error Category: UNCLASSIFIED_ERROR; Failed Line Number: 62; JobFailure: Key 1 occurs 2 times';
  glue.on(GetJobRunCommand).resolves({ JobRun: { JobRunState: 'FAILED', ErrorMessage } });
  await expect(adopt.run(['flights', 'old'])).rejects.toThrow('FAILED: Key 1 occurs 2 times');
  expect(written()).toEqual([]);
});

test('a dataset without a contract is told before anything is started', async () => {
  s3.on(HeadObjectCommand).rejects(new NotFound({ message: 'x', $metadata: {} }));
  await expect(adopt.run(['sales', 'old'])).rejects.toThrow('No dataset "sales"');
  expect(glue).not.toHaveReceivedCommand(StartJobRunCommand);
});
