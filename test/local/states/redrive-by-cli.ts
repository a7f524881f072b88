/**
 * Checks by the real `aws` command what the jest suite checks by the SDK: a definition whose Task fails once
 * goes on to SUCCEEDED after redrive-execution, with the history that AWS writes. Run it with node; it needs
 * `aws` on the PATH and exits with 1 if anything differs.
 */
import { deepEqual, equal, match } from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { lambdaAdapters } from '../../../local/states/adapters/lambda/lambda-adapters.ts';
import { createStatesServer } from '../../../local/states/server.ts';

let calls = 0;
const functions = createServer((_, response) => {
  calls++;
  if (calls === 1)
    response
      .writeHead(200, { 'x-amz-function-error': 'Unhandled' })
      .end('{"errorType":"Flaky","errorMessage":"once"}');
  else response.end('{"loaded":3}');
});
await new Promise<void>((resolve) => functions.listen(0, '127.0.0.1', resolve));
const server = await createStatesServer({
  adapters: lambdaAdapters(`http://127.0.0.1:${(functions.address() as AddressInfo).port}`),
});

async function aws(...args: string[]): Promise<Record<string, unknown>> {
  const { stdout } = await promisify(execFile)(
    'aws',
    ['stepfunctions', ...args, '--endpoint-url', server.url, '--region', 'us-east-1', '--output', 'json'],
    { env: { ...process.env, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_PAGER: '' } },
  );
  return stdout.trim() === '' ? {} : JSON.parse(stdout);
}

async function ended(arn: string): Promise<Record<string, unknown>> {
  await server.finished(arn);
  return aws('describe-execution', '--execution-arn', arn);
}

try {
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
  equal(arn, 'arn:aws:states:us-east-1:123456789012:execution:load:first');

  const failed = await ended(arn);
  equal(failed['status'], 'FAILED');
  equal(failed['error'], 'Flaky');
  equal(failed['redriveStatus'], 'REDRIVABLE');

  await aws('redrive-execution', '--execution-arn', arn);
  const done = await ended(arn);
  equal(done['status'], 'SUCCEEDED');
  equal(done['output'], '"3 rows"');
  equal(done['redriveCount'], 1);
  equal('redriveDate' in done, true);

  const history = (await aws('get-execution-history', '--execution-arn', arn)) as {
    events: { id: number; previousEventId: number; type: string }[];
  };
  deepEqual(
    history.events.map(({ id, previousEventId, type }) => `${id} <- ${previousEventId} ${type}`),
    [
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
    ],
  );

  const listed = (await aws('list-executions', '--state-machine-arn', machineArn)) as {
    executions: unknown[];
  };
  equal(listed.executions.length, 1);
  const again = await aws('redrive-execution', '--execution-arn', arn).catch((error: Error) => error.message);
  match(String(again), /ExecutionNotRedrivable.*Execution is SUCCEEDED and cannot be redriven/s);
  const valid = await aws('validate-state-machine-definition', '--definition', definition);
  equal(valid['result'], 'OK');
  process.stdout.write('redrive by the aws command: as it should be\n');
} finally {
  await server.close();
  functions.closeAllConnections();
  functions.close();
}
