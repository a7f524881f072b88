import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const PYTHON = path.join(import.meta.dirname, '../../.venv/bin/python');
const SERVER = path.join(import.meta.dirname, '../../local/aws/server.py');
const START_LIMIT_MS = 60_000;

/** The AWS emulator in a process of its own, on a free port of loopback; `stop` ends it. */
export async function startMoto(): Promise<{
  endpoint: string;
  pid: number | undefined;
  stop(): Promise<void>;
}> {
  const port = await freePort();
  const server = spawn(PYTHON, [SERVER, '-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const endpoint = `http://127.0.0.1:${port}`;
  await answering(endpoint, server);
  const stop = async (): Promise<void> => {
    server.kill();
    await ended;
  };
  return { endpoint, pid: server.pid, stop };
}

/** Settings that make any AWS client talk to the emulator. */
export const emulated = (endpoint: string) => ({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function answering(endpoint: string, server: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_LIMIT_MS;
  while (Date.now() < deadline && server.exitCode === null) {
    const answer = await fetch(`${endpoint}/moto-api/`).catch(() => null);
    if (answer?.ok) return;
    await pause(100);
  }
  throw new Error(
    `the AWS emulator did not answer at ${endpoint}: run \`make install\` and look at ${SERVER}`,
  );
}
