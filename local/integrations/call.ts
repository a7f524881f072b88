import { TaskFailure } from '../states/adapters/adapter.ts';
import type { Json } from '../states/json.ts';

/** How Step Functions names a service and its errors. */
export interface ServiceNames {
  /** Before the dot of an error's name, e.g. `Glue`. */
  prefix: string;
  /** In the cause, e.g. `AWSGlue`. */
  service: string;
  /** All of the service's errors go under this name, where Step Functions knows no finer ones. */
  onlyError?: string;
}

/** Calls a service by its client. @throws TaskFailure named as Step Functions names the service's errors. */
export async function call<Answer>(names: ServiceNames, request: Promise<Answer>): Promise<Answer> {
  try {
    return await request;
  } catch (error) {
    throw failureOf(names, error);
  }
}

interface SdkError {
  name: string;
  message: string;
  $metadata?: { httpStatusCode?: number; requestId?: string };
}

function failureOf({ prefix, service, onlyError }: ServiceNames, error: unknown): TaskFailure {
  const { name, message, $metadata: metadata } = error as SdkError;
  // Without a status the service was not reached, or its answer was lost.
  if (metadata?.httpStatusCode === undefined)
    return new TaskFailure(`${prefix}.SdkClientException`, `Unable to execute HTTP request: ${message}`);
  const exception = name.endsWith('Exception') ? name : `${name}Exception`;
  const cause = `${message} (Service: ${service}; Status Code: ${metadata.httpStatusCode}; Error Code: ${name}; Request ID: ${metadata.requestId ?? 'null'}; Proxy: null)`;
  return new TaskFailure(`${prefix}.${onlyError ?? exception}`, cause);
}

/** An answer of an SDK client as Step Functions gives it: JSON without the SDK's metadata, dates as epoch milliseconds. */
export function answerJson(answer: object): Record<string, Json> {
  const { $metadata: _, ...members } = answer as Record<string, unknown>;
  return toJson(members) as Record<string, Json>;
}

function toJson(value: unknown): Json {
  if (value instanceof Date) return value.getTime();
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, member]) => member !== undefined)
        .map(([key, member]) => [key, toJson(member)]),
    );
  return value as Json;
}
