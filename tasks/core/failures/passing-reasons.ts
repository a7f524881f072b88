/** Reasons of Google that pass by themselves, whatever their status (Google Cloud: BigQuery, "Error messages"). */
export const PASSING_REASONS: ReadonlySet<string> = new Set([
  'backendError',
  'internalError',
  'jobBackendError',
  'jobInternalError',
  'rateLimitExceeded',
  'userRateLimitExceeded',
  'jobRateLimitExceeded',
  'quotaExceeded',
]);
