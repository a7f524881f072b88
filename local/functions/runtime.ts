import { pathToFileURL } from 'node:url';
import { types } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';
import type { Answer, Invocation, RuntimeSettings } from './protocol.ts';

/**
 * Lambda's Node runtime, as far as a handler can tell: loads the bundle once, then answers one event after the other.
 * Runs as a worker thread of the function's pool.
 */
const settings = workerData as RuntimeSettings;
const port = parentPort;
if (!port) throw new Error('The function runtime runs as a worker thread only.');

type Handler = (event: unknown, context: unknown) => unknown;

let handler: Handler | undefined;
try {
  const module: Record<string, unknown> = await import(pathToFileURL(settings.bundle).href);
  const exported = module[settings.handlerExport];
  if (typeof exported === 'function') handler = exported as Handler;
  else
    send({
      kind: 'failed',
      id: null,
      error: report(
        named('Runtime.HandlerNotFound', `index.${settings.handlerExport} is undefined or not exported`),
      ),
    });
} catch (error) {
  send({ kind: 'failed', id: null, error: report(error) });
}
if (handler) send({ kind: 'ready' });

port.on('message', async (invocation: Invocation) => {
  try {
    const result = await handler?.(JSON.parse(invocation.payload), contextOf(invocation));
    send({ kind: 'answered', id: invocation.id, payload: JSON.stringify(result ?? null) });
  } catch (error) {
    send({ kind: 'failed', id: invocation.id, error: report(error) });
  }
});

function contextOf({ id, deadline }: Invocation): Record<string, unknown> {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: settings.functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: settings.functionArn,
    memoryLimitInMB: String(settings.memoryMiB),
    logGroupName: `/aws/lambda/${settings.functionName}`,
    logStreamName: 'local',
    awsRequestId: id,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

/** An error as the Node runtime reports it: its name, its message, its stack by lines. */
function report(error: unknown): { errorType: string; errorMessage: string; trace: string[] } {
  if (types.isNativeError(error))
    return {
      errorType: error.name,
      errorMessage: error.message,
      trace: (error.stack ?? '').split('\n'),
    };
  return { errorType: typeof error, errorMessage: String(error), trace: [] };
}

function named(name: string, message: string): Error {
  const error = new Error(message);
  error.name = name;
  return error;
}

function send(answer: Answer): void {
  port?.postMessage(answer);
}
