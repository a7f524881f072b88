import { ApiError } from './api-error.ts';

/** White space, brackets, wildcards, control characters, surrogates and what else AWS lists as not allowed in names. */
const forbidden = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}\p{Cs}\u{FFFE}\u{FFFF}\u{10000}-\u{10FFFF}]/u;

/** The name of a state machine or an execution, if AWS takes it. Throws InvalidName. */
export function checkName(name: string): string {
  if (forbidden.test(name)) throw new ApiError('InvalidName', `Invalid Name: '${name}'`);
  return name;
}
