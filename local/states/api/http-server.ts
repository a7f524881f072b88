import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { comesFromAPage } from '../../http/comes-from-a-page.ts';
import { ApiError } from './api-error.ts';
import { calls } from './calls.ts';
import type { Service } from './service.ts';

const mediaType = 'application/x-amz-json-1.0';
const prefix = 'AWSStepFunctions.';
/** A definition of the greatest length, each of its characters written as `\\uXXXX`, and some more. */
const longestBody = 8 * 1024 * 1024;

/** Speaks AWS JSON 1.0 as the Step Functions endpoint does: one path, the call named in X-Amz-Target. */
export function httpServer(service: Service): Server {
  return createServer((request, response) => {
    // Executions start programs.
    if (comesFromAPage(request.headers)) {
      response.writeHead(403).end('Web pages are not served here.\n');
      return;
    }
    answer(service, request).then(
      (body) => send(response, 200, body),
      (error) => sendError(response, error),
    );
  });
}

async function answer(service: Service, request: IncomingMessage): Promise<unknown> {
  const target = String(request.headers['x-amz-target'] ?? '');
  const text = await readBody(request);
  const call = target.startsWith(prefix) ? calls[target.slice(prefix.length)] : undefined;
  if (!call)
    throw new ApiError(
      'UnknownOperationException',
      `expected X-Amz-Target to be ${prefix} and one of ${Object.keys(calls).join(', ')}; got '${target}', which does not run here`,
    );
  return call(service, parseJson(text));
}

function parseJson(text: string): unknown {
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch (error) {
    throw new ApiError('SerializationException', error instanceof Error ? error.message : String(error));
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request) {
    length += part.length;
    if (length > longestBody)
      throw new ApiError('RequestEntityTooLargeException', 'Request body is too large');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': mediaType, 'x-amzn-requestid': randomUUID() });
  response.end(JSON.stringify(body));
}

function sendError(response: ServerResponse, error: unknown): void {
  if (error instanceof ApiError) {
    const type =
      error.code.endsWith('Exception') && error.code !== 'ValidationException'
        ? `com.amazon.coral.service#${error.code}`
        : `com.amazonaws.sfn#${error.code}`;
    send(response, 400, { __type: type, message: error.message });
    return;
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`states: ${message}\n`);
  send(response, 500, { __type: 'com.amazon.coral.service#InternalFailure', message });
}
