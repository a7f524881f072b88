import type { Json } from '../../json.ts';
import { TaskFailure } from '../adapter.ts';

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
  let response: Response;
  let text: string;
  try {
    response = await fetch(new URL(path + query, endpoint), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-amz-invocation-type': 'RequestResponse' },
      body: JSON.stringify(call.payload),
      signal: call.signal,
    });
    text = await response.text();
  } catch (error) {
    const reason =
      error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new TaskFailure('Lambda.SdkClientException', `Unable to execute HTTP request: ${reason}`);
  }
  if (!response.ok) throw serviceFailure(response, text);
  const payload = parsePayload(text);
  if (response.headers.has('x-amz-function-error')) throw functionFailure(payload, text);
  return {
    payload,
    statusCode: response.status,
    executedVersion: response.headers.get('x-amz-executed-version') ?? '$LATEST',
    headers: Object.fromEntries(response.headers),
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

function serviceFailure(response: Response, text: string): TaskFailure {
  const answer = parsePayload(text);
  const member = (name: string): string | undefined => {
    const value =
      typeof answer === 'object' && answer !== null && !Array.isArray(answer) ? answer[name] : undefined;
    return typeof value === 'string' ? value : undefined;
  };
  const named = response.headers.get('x-amzn-errortype') ?? member('__type') ?? 'ServiceException';
  const name = (named.split('#').at(-1) ?? named).split(':')[0] ?? named;
  const code = name.endsWith('Exception') ? name : `${name}Exception`;
  const requestId = response.headers.get('x-amzn-requestid') ?? 'null';
  const message = member('message') ?? member('Message') ?? text;
  return new TaskFailure(
    `Lambda.${code}`,
    `${message} (Service: Lambda, Status Code: ${response.status}, Request ID: ${requestId})`,
  );
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
