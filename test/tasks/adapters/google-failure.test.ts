import { googleFailure } from '../../../tasks/adapters/google-failure.ts';
import { TidegateError } from '../../../tasks/core/errors.ts';

const answered = (code: number, reason?: string, message = 'No.') =>
  Object.assign(new Error(message), { code, errors: reason === undefined ? [] : [{ reason }] });

test.each([
  [answered(500), 'ServiceUnavailable', 'BigQuery answered 500: No.'],
  [answered(503, 'backendError'), 'ServiceUnavailable', 'BigQuery answered 503 backendError: No.'],
  [answered(408), 'ServiceUnavailable', 'BigQuery answered 408: No.'],
  [answered(429), 'ServiceUnavailable', 'BigQuery answered 429: No.'],
  [answered(403, 'quotaExceeded'), 'ServiceUnavailable', 'BigQuery answered 403 quotaExceeded: No.'],
  [answered(403, 'accessDenied'), 'PermissionMissing', 'BigQuery answered 403 accessDenied: No.'],
  [answered(401), 'PermissionMissing', 'BigQuery answered 401: No.'],
  [answered(400, 'invalidQuery'), 'LoadFailed', 'BigQuery answered 400 invalidQuery: No.'],
  [answered(499), 'LoadFailed', 'BigQuery answered 499: No.'],
  [
    Object.assign(new Error('No.'), { status: 403, cause: answered(403, 'rateLimitExceeded') }),
    'ServiceUnavailable',
    'BigQuery answered 403 rateLimitExceeded: No.',
  ],
  [
    Object.assign(new Error('read'), { code: 'ECONNRESET' }),
    'ServiceUnavailable',
    'BigQuery: ECONNRESET read',
  ],
  [new Error('no answer within 20 s'), 'ServiceUnavailable', 'BigQuery: no answer within 20 s'],
])('%p is %s: %s', (error, name, message) => {
  expect(googleFailure('BigQuery', error)).toMatchObject({ name, message, cause: error });
});

test('what has one of our names keeps it', () => {
  const error = new TidegateError('LoadFailed', 'The table has another type.');
  expect(googleFailure('BigQuery', error)).toBe(error);
});
