import type { Json } from '../../json.ts';
import { TaskFailure } from '../adapter.ts';
import { type Answer, post } from './post.ts';

/** A function's answer: what it returned, and what the service says of the call. */
export interface Invocation {
  readonly payload: Json;
  readonly statusCode: number;
  readonly executedVersion: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Invokes a function at a Lambda-compatible endpoint and waits for its answer. Throws TaskFailure as Step
 * Functions names it: a function's own error by its errorType, the service's by `Lambda.` and its name.
 */
export async function invokeFunction(
  endpoint: string,
  call: { functionName: string; qualifier?: string; payload: Json; signal: AbortSignal },
): Promise<Invocation> {
  const path = `/2015-03-31/functions/${encodeURIComponent(call.functionName)}/invocations`;
  const query = call.qualifier === undefined ? '' : `?Qualifier=${encodeURIComponent(call.qualifier)}`;
  let answer: Answer;
  try {
    const headers = { 'x-amz-invocation-type': 'RequestResponse' };
    answer = await post(new URL(path + query, endpoint), headers, JSON.stringify(call.payload), call.signal);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TaskFailure('Lambda.SdkClientException', `Unable to execute HTTP request: ${reason}`);
  }
  if (answer.status < 200 || answer.status > 299) throw serviceFailure(answer);
  const payload = parsePayload(answer.body);
  if (answer.headers['x-amz-function-error'] !== undefined) throw functionFailure(payload, answer.body);
  const headers = plainHeaders(answer.headers);
  return {
    payload,
    statusCode: answer.status,
    executedVersion: headers['x-amz-executed-version'] ?? '$LATEST',
    headers,
  };
}

/** The error's name is the function's errorType, the cause all of its answer as JSON text. */
function functionFailure(payload: Json, text: string): TaskFailure {
  const type =
    typeof payload === 'object' && payload !== null && !Array.isArray(payload)
      ? payload['errorType']
      : undefined;
  return new TaskFailure(typeof type === 'string' && type !== '' ? type : 'Lambda.Unknown', text);
}

function serviceFailure({ status, headers, body }: Answer): TaskFailure {
  const answer = parsePayload(body);
  const member = (name: string): string | undefined => {
    const value =
      typeof answer === 'object' && answer !== null && !Array.isArray(answer) ? answer[name] : undefined;
    return typeof value === 'string' ? value : undefined;
  };
  const plain = plainHeaders(headers);
  const named = plain['x-amzn-errortype'] ?? member('__type') ?? 'ServiceException';
  const name = (named.split('#').at(-1) ?? named).split(':')[0] ?? named;
  const code = name.endsWith('Exception') ? name : `${name}Exception`;
  const message = member('message') ?? member('Message') ?? body;
  return new TaskFailure(
    `Lambda.${code}`,
    `${message} (Service: Lambda, Status Code: ${status}, Request ID: ${plain['x-amzn-requestid'] ?? 'null'})`,
  );
}

function plainHeaders(headers: Answer['headers']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

/** A function may answer nothing at all, which is null. */
function parsePayload(text: string): Json {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
