import { TidegateError } from '../errors.ts';

/** Names and codes of errors that pass by themselves, as AWS's services and Node's sockets have them. */
const PASSING = new Set([
  'InternalError',
  'InternalFailure',
  'InternalServerError',
  'InternalServerException',
  'InternalServiceException',
  'KMSThrottlingException',
  // Another call completed the copy that this one went on with.
  'NoSuchUpload',
  'OperationTimeoutException',
  'ProvisionedThroughputExceeded',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestTimeout',
  'RequestTimeoutException',
  'ServiceUnavailable',
  'ServiceUnavailableException',
  'SlowDown',
  'Throttling',
  'ThrottlingError',
  'ThrottlingException',
  'TimeoutError',
  'TooManyRequestsException',
  'TransactionInProgressException',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
const TOO_MANY_REQUESTS = 429;

/**
 * An error of a client under our name for what passes by itself, so that the state machine's Retry takes it; any other
 * error as it is. By then the client's own retries are used up.
 */
export function asTransient(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof TidegateError) return error;
  const { code, $metadata, CancellationReasons } = error as {
    code?: unknown;
    $metadata?: { httpStatusCode?: number };
    CancellationReasons?: { Code?: string }[];
  };
  const names = [error.name, code, ...(CancellationReasons ?? []).map(({ Code }) => Code)];
  const status = $metadata?.httpStatusCode ?? 0;
  const passes =
    status >= 500 || status === TOO_MANY_REQUESTS || names.some((name) => PASSING.has(String(name)));
  return passes
    ? new TidegateError('ServiceUnavailable', `${error.name}: ${error.message}`, { cause: error })
    : error;
}
