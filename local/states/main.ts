import { parseArgs } from 'node:util';
import { lambdaAdapters } from './adapters/lambda/lambda-adapters.ts';
import { createStatesServer } from './server.ts';
import { sqliteStore } from './store/sqlite-store.ts';

const usage = 'usage: npm run --silent states -- --port N [--lambda-endpoint URL] [--data FOLDER]';

/** Runs a Step Functions endpoint until it is told to stop. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { port: { type: 'string' }, 'lambda-endpoint': { type: 'string' }, data: { type: 'string' } },
  });
  const port = Number(values.port);
  if (values.port === undefined || !Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(`expected --port from 0 to 65535, got ${values.port ?? 'none'}; ${usage}`);
  const endpoint = values['lambda-endpoint'] ?? process.env['AWS_ENDPOINT_URL_LAMBDA'];
  const server = await createStatesServer({
    port,
    adapters: endpoint === undefined ? [] : lambdaAdapters(endpoint),
    ...(values.data === undefined ? {} : { store: sqliteStore(values.data) }),
    region: process.env['AWS_REGION'] ?? 'us-east-1',
    account: process.env['AWS_ACCOUNT_ID'] ?? '123456789012',
  });
  process.stdout.write(`${server.url}\n`);
  const stop = () => void server.close();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

main().catch((error) => {
  process.stderr.write(`states: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
});
