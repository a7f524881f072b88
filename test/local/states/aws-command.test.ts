import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { lambdaAdapters } from '../../../local/states/adapters/lambda/lambda-adapters.ts';
import { createStatesServer, type StatesServer } from '../../../local/states/server.ts';

/** The real `aws` command, as the project installs it; it takes a second a call. */
const command = join(import.meta.dirname, '../../../.venv/bin/aws');

/** Fails at the first call. */
let functions: Server;
let server: StatesServer;

beforeEach(async () => {
  let calls = 0;
  functions = createServer((_, response) => {
    calls++;
    if (calls === 1)
      response
        .writeHead(200, { 'x-amz-function-error': 'Unhandled' })
        .end('{"errorType":"Flaky","errorMessage":"once"}');
    else response.end('{"loaded":3}');
  });
  await new Promise<void>((resolve) => functions.listen(0, '127.0.0.1', resolve));
  server = await createStatesServer({
    adapters: lambdaAdapters(`http://127.0.0.1:${(functions.address() as AddressInfo).port}`),
  });
});

afterEach(async () => {
  await server.close();
  functions.closeAllConnections();
  await new Promise((resolve) => functions.close(resolve));
});

async function aws(...args: string[]): Promise<Record<string, unknown>> {
  const { stdout } = await promisify(execFile)(
    command,
    ['stepfunctions', ...args, '--endpoint-url', server.url, '--region', 'us-east-1', '--output', 'json'],
    { env: { ...process.env, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_PAGER: '' } },
  );
  return stdout.trim() === '' ? {} : JSON.parse(stdout);
}

async function ended(arn: string): Promise<Record<string, unknown>> {
  await server.finished(arn);
  return aws('describe-execution', '--execution-arn', arn);
}

test('by the aws command, what failed once succeeds after redrive-execution, with the history that AWS writes', async () => {
  const definition = JSON.stringify({
    QueryLanguage: 'JSONata',
    StartAt: 'Load',
    States: {
      Load: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke',
        Arguments: { FunctionName: 'load', Payload: '{% $states.context.Execution.RedriveCount %}' },
        Output: '{% $states.result.Payload.loaded %}',
        Next: 'Tell',
      },
      Tell: { Type: 'Pass', Output: '{% $string($states.input) & " rows" %}', End: true },
    },
  });
  const role = 'arn:aws:iam::123456789012:role/states';
  const created = await aws(
    'create-state-machine',
    '--name',
    'load',
    '--role-arn',
    role,
    '--definition',
    definition,
  );
  const machineArn = String(created['stateMachineArn']);
  const started = await aws(
    'start-execution',
    '--state-machine-arn',
    machineArn,
    '--name',
    'first',
    '--input',
    '{"n":1}',
  );
  const arn = String(started['executionArn']);
  expect(arn).toEqual('arn:aws:states:us-east-1:123456789012:execution:load:first');

  const failed = await ended(arn);
  expect(failed['status']).toEqual('FAILED');
  expect(failed['error']).toEqual('Flaky');
  expect(failed['redriveStatus']).toEqual('REDRIVABLE');

  await aws('redrive-execution', '--execution-arn', arn);
  const done = await ended(arn);
  expect(done['status']).toEqual('SUCCEEDED');
  expect(done['output']).toEqual('"3 rows"');
  expect(done['redriveCount']).toEqual(1);
  expect('redriveDate' in done).toEqual(true);

  const history = (await aws('get-execution-history', '--execution-arn', arn)) as {
    events: { id: number; previousEventId: number; type: string }[];
  };
  expect(
    history.events.map(({ id, previousEventId, type }) => `${id} <- ${previousEventId} ${type}`),
  ).toEqual([
    '1 <- 0 ExecutionStarted',
    '2 <- 0 TaskStateEntered',
    '3 <- 2 TaskScheduled',
    '4 <- 3 TaskStarted',
    '5 <- 4 TaskFailed',
    '6 <- 5 ExecutionFailed',
    '7 <- 6 ExecutionRedriven',
    '8 <- 2 TaskScheduled',
    '9 <- 8 TaskStarted',
    '10 <- 9 TaskSucceeded',
    '11 <- 10 TaskStateExited',
    '12 <- 11 PassStateEntered',
    '13 <- 12 PassStateExited',
    '14 <- 13 ExecutionSucceeded',
  ]);

  const listed = (await aws('list-executions', '--state-machine-arn', machineArn)) as {
    executions: unknown[];
  };
  expect(listed.executions.length).toEqual(1);
  const again = await aws('redrive-execution', '--execution-arn', arn).catch((error: Error) => error.message);
  expect(String(again)).toMatch(/ExecutionNotRedrivable.*Execution is SUCCEEDED and cannot be redriven/s);
  const valid = await aws('validate-state-machine-definition', '--definition', definition);
  expect(valid['result']).toEqual('OK');
}, 120_000);
