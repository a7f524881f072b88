import { TidegateError } from '../core/errors.ts';
import { PASSING_REASONS } from '../core/failures/passing-reasons.ts';

const PASSING_STATUSES = new Set([408, 429]);
const DENIED_STATUSES = new Set([401, 403]);
/** How Google's clients tell that its token service does not take who they are (RFC 8693, "Error Response"). */
const NOT_LET_IN = /^Error code (invalid_\w+|unauthorized_client)\b/;

/** The HTTP status that Google answered a call with; undefined when there was no answer. */
export function statusOf(error: unknown): number | undefined {
  const { code, status } = (error ?? {}) as { code?: unknown; status?: unknown };
  const answered = [code, status].map(Number).find((number) => Number.isInteger(number) && number >= 100);
  return answered;
}

/** An error of a call to Google under one of our names: whether waiting helps is told by its reason and status. */
export function googleFailure(service: string, error: unknown): TidegateError {
  if (error instanceof TidegateError) return error;
  const { message, code } = error as Error & { code?: unknown };
  const status = statusOf(error);
  const told = [code, message].filter(Boolean).join(' ');
  // Without a status there was no answer: a connection that broke, or took too long.
  if (status === undefined)
    return new TidegateError('ServiceUnavailable', `${service}: ${told}`, { cause: error });
  if (NOT_LET_IN.test(message))
    return new TidegateError(
      'PermissionMissing',
      `Google does not admit the function's role: ${message} infra/gcp/set-up.sh admits the roles named in the stack's outputs.`,
      { cause: error },
    );
  const reason = reasonOf(error) ?? reasonOf((error as Error).cause);
  const answer = [status, reason].filter(Boolean).join(' ');
  return new TidegateError(nameOf(status, reason), `${service} answered ${answer}: ${message}`, {
    cause: error,
  });
}

/** Google's word for what is wrong; some of its clients have it in the cause of what they throw. */
const reasonOf = (error: unknown): string | undefined =>
  (error as { errors?: { reason?: string }[] } | undefined)?.errors?.[0]?.reason;

function nameOf(status: number, reason = '') {
  if (status >= 500 || PASSING_REASONS.has(reason) || PASSING_STATUSES.has(status))
    return 'ServiceUnavailable';
  return DENIED_STATUSES.has(status) ? 'PermissionMissing' : 'LoadFailed';
}
