import { limits } from '../limits.ts';
import { ApiError } from './api-error.ts';

/** White space, brackets, wildcards, control characters and what else AWS lists as not allowed in names. */
const forbidden = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]/u;

/** The name of a state machine or an execution, if AWS takes it. Throws InvalidName. */
export function checkName(name: string): string {
  if (name.length === 0 || name.length > limits.nameLength || forbidden.test(name))
    throw new ApiError('InvalidName', `Invalid Name: '${name}'`);
  return name;
}
