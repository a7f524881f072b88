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
  const port = /^\d+$/.test(values.port ?? '') ? Number(values.port) : -1;
  if (port < 0 || port > 65_535)
    throw new Error(`expected --port from 0 to 65535, got ${values.port || 'none'}`);
  const endpoint = values['lambda-endpoint'] ?? process.env['AWS_ENDPOINT_URL_LAMBDA'];
  if (endpoint !== undefined && !/^https?:[/][/]./.test(endpoint))
    throw new Error(
      `expected --lambda-endpoint to be a URL such as http://127.0.0.1:9001, got '${endpoint}'`,
    );
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
  process.stderr.write(`states: ${error instanceof Error ? error.message : error}\n${usage}\n`);
  process.exitCode = 1;
});
