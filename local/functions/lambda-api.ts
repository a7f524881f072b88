import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '../http/read-body.ts';
import type { FunctionPool } from './function-pool.ts';

const INVOCATION = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;

/** Whether a request is one of Lambda's API. */
export const isLambdaRequest = (url: URL): boolean => url.pathname.startsWith('/2015-03-31/');

/** Lambda's Invoke (RequestResponse, Event, DryRun) for functions named by name or ARN. */
export async function answerLambda(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  functions: ReadonlyMap<string, FunctionPool>,
): Promise<void> {
  const named = INVOCATION.exec(url.pathname)?.[1];
  if (!named || request.method !== 'POST')
    return refuse(
      response,
      404,
      'UnknownOperationException',
      `Only Invoke is served here, not ${url.pathname}.`,
    );
  const arnOrName = decodeURIComponent(named);
  const name = arnOrName.split(':function:').pop()?.split(':')[0] ?? arnOrName;
  const pool = functions.get(name);
  if (!pool)
    return refuse(
      response,
      404,
      'ResourceNotFoundException',
      `Function not found: ${arnOrName}. There are: ${[...functions.keys()].join(', ')}`,
    );
  const payload = (await readBody(request)) || '{}';
  const type = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
  if (!isJson(payload))
    return refuse(response, 400, 'InvalidRequestContentException', 'Could not parse request body into json');
  if (type === 'DryRun') return void response.writeHead(204).end();
  if (type === 'Event') {
    void pool.invoke(payload);
    return void response.writeHead(202).end();
  }
  const result = await pool.invoke(payload);
  response.writeHead(200, {
    'content-type': 'application/json',
    'x-amz-executed-version': '$LATEST',
    ...(result.functionError ? { 'x-amz-function-error': result.functionError } : {}),
  });
  response.end(result.payload);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function refuse(response: ServerResponse, status: number, type: string, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': type });
  response.end(JSON.stringify({ Type: 'User', message, Message: message }));
}
