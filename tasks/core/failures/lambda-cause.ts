import { memberOf, parseCause, textOf } from './parse-cause.ts';

const STACK_LINES = 3;

/** What a Lambda's cause says: its message; of an error that is none of ours, where it was thrown. */
export function lambdaCause(cause: string, withStack: boolean): string {
  const value = parseCause(cause);
  const message = textOf(value, 'errorMessage');
  if (message === '') return cause;
  const trace = memberOf(value, 'trace') ?? memberOf(value, 'stackTrace');
  const frames = Array.isArray(trace)
    ? trace.filter((line) => typeof line === 'string' && line.trim().startsWith('at '))
    : [];
  if (!withStack || frames.length === 0) return message;
  return [message, ...frames.slice(0, STACK_LINES).map((line) => String(line).trim())].join('\n');
}
