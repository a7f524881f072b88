import { readdirSync } from 'node:fs';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { tellDatasets } from './deployed-datasets.ts';
import { down } from './down.ts';
import { stackEnvironment } from './environment.ts';
import { places } from './places.ts';
import { endpointOf, requireStack } from './stack.ts';
import { runningServers, up } from './up.ts';
import { waitingAlerts } from './waiting-alerts.ts';

/** `node local/stack/main.ts up | down | env | status | alerts`: what the Makefile's targets of those names run. */
const commands: Record<string, () => Promise<void> | void> = {
  async up() {
    const began = performance.now();
    const { datasets } = await up();
    status();
    const s3 = new S3Client({ forcePathStyle: true });
    console.log(`\n${await tellDatasets(s3, datasets, readdirSync(places.contracts))}`);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    console.log(`\nThe stack is up (${seconds} s). To use it from this shell:  eval "$(make -s env)"`);
  },
  down,
  env() {
    for (const [name, value] of Object.entries(stackEnvironment(requireStack())))
      console.log(`export ${name}='${value.replaceAll("'", "'\\''")}'`);
  },
  status,
  async alerts() {
    const stack = requireStack();
    if (!runningServers().some(({ name, pid }) => name === 'aws' && pid))
      throw new Error('The stack is not running; run `make up` first.');
    const environment = stackEnvironment(stack);
    Object.assign(process.env, environment);
    const sqs = new SQSClient({ endpoint: endpointOf(stack, 'aws') });
    const alerts = await waitingAlerts(sqs, environment['TIDEGATE_ALERTS_QUEUE_URL'] ?? '');
    console.log(alerts.length > 0 ? alerts.join(`\n\n${'-'.repeat(80)}\n`) : 'No alert has arrived.');
  },
};

function status(): void {
  const stack = requireStack();
  for (const { name, pid } of runningServers())
    console.log(`${name.padEnd(10)} ${pid ? `${endpointOf(stack, name)}  pid ${pid}` : 'not running'}`);
}

/** 128 + SIGPIPE: as the shell tells of a command whose reader has gone. */
const NOBODY_READS = 141;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(NOBODY_READS);
  throw error;
});

const command = commands[process.argv[2] ?? ''];
if (command) {
  try {
    await command();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
} else {
  console.error(`Expected one of: ${Object.keys(commands).join(', ')}.`);
  process.exitCode = 2;
}
