import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { isRunning, type ProcessIdentity } from '../processes/process-identity.ts';
import type { ServerSpec } from './servers.ts';

const LIMIT_MS = 60_000;
const TAIL_LINES = 30;

/** A server of the stack that did not come up, told with the end of its log. */
class ServerFailed extends Error {
  override readonly name = 'ServerFailed';
}

/** Resolves when the server answers. @throws ServerFailed when its process ends first, or after a minute. */
export async function waitForServer(
  spec: ServerSpec,
  identity: ProcessIdentity,
  signal: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + LIMIT_MS;
  for (;;) {
    signal.throwIfAborted();
    // Another server could answer on the port of one that is gone: look at the process first.
    if (!isRunning(identity)) throw failed(spec, 'ended before it was ready');
    if (await answers(spec.healthUrl)) return;
    if (Date.now() > deadline) throw failed(spec, `did not answer at ${spec.healthUrl} within a minute`);
    await wait(50);
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
    await response.arrayBuffer();
    return response.status < 500;
  } catch {
    return false;
  }
}

function failed({ name, logFile }: ServerSpec, what: string): ServerFailed {
  const tail = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-TAIL_LINES);
  return new ServerFailed(
    `The server '${name}' ${what}. The end of its log (${logFile}):\n${tail.map((line) => `  ${line}`).join('\n')}`,
  );
}
