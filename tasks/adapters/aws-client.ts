/**
 * Settings that every AWS client of a task shares: a bound on connecting and on waiting for an answer, and the SDK's
 * own retry by error class (throttling and transient errors only, exponential with jitter).
 */
export const awsClientSettings = {
  maxAttempts: 5,
  retryMode: 'standard',
  requestHandler: { connectionTimeout: 3_000, requestTimeout: 20_000, throwOnRequestTimeout: true },
} as const;
