import type { IncomingMessage, ServerResponse } from 'node:http';
import * as z from 'zod';
import { readBody } from './read-body.ts';

/** An error as an AWS service answers it: `name` is the exception's name. */
export class ServiceError extends Error {
  readonly statusCode: number;

  constructor(name: string, message: string, statusCode = 400) {
    super(message);
    this.name = name;
    this.statusCode = statusCode;
  }
}

export type Operation = (input: unknown) => unknown;

/** The operation of an AWS JSON request, e.g. `ElasticMapReduce.RunJobFlow`; empty for any other request. */
export const targetOf = (request: IncomingMessage): string => String(request.headers['x-amz-target'] ?? '');

/**
 * Answers one AWS JSON 1.1 request. Dates in the operation's answer are sent as epoch seconds, as the protocol says.
 * @param operations by their name without the service's prefix.
 */
export async function answerAwsJson(
  request: IncomingMessage,
  response: ServerResponse,
  operations: Readonly<Record<string, Operation>>,
): Promise<void> {
  const name = targetOf(request).split('.').pop() ?? '';
  try {
    const operation = operations[name];
    if (!operation)
      throw new ServiceError(
        'UnknownOperationException',
        `${name} is not served here; served are: ${Object.keys(operations).join(', ')}`,
      );
    const answer = await operation(JSON.parse((await readBody(request)) || '{}'));
    send(response, 200, answer ?? {});
  } catch (error) {
    const { type, message, statusCode } = faultOf(error);
    send(response, statusCode, { __type: type, message, Message: message });
  }
}

/** An operation whose input is checked by a schema before it runs. */
export const operation =
  <S extends z.ZodType>(schema: S, act: (input: z.output<S>) => unknown): Operation =>
  (input) => {
    const parsed = schema.safeParse(input);
    if (!parsed.success) throw new ServiceError('ValidationException', z.prettifyError(parsed.error));
    return act(parsed.data);
  };

function faultOf(error: unknown): { type: string; message: string; statusCode: number } {
  if (error instanceof ServiceError)
    return { type: error.name, message: error.message, statusCode: error.statusCode };
  if (error instanceof SyntaxError)
    return { type: 'SerializationException', message: error.message, statusCode: 400 };
  return { type: 'InternalServerException', message: String(error), statusCode: 500 };
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
  response.end(JSON.stringify(withEpochSeconds(body)));
}

function withEpochSeconds(value: unknown): unknown {
  if (value instanceof Date) return value.getTime() / 1000;
  if (Array.isArray(value)) return value.map(withEpochSeconds);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withEpochSeconds(member)]));
}
