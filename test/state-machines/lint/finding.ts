export type Rule =
  | 'asl-validator'
  | 'catch-missing'
  | 'states-all-not-last'
  | 'retry-of-terminal-error'
  | 'retry-of-everything'
  | 'retry-without-jitter'
  | 'retry-of-the-final-error'
  | 'unknown-error-name'
  | 'unknown-retry-field'
  | 'unknown-resource'
  | 'unknown-placeholder'
  | 'unused-substitution'
  | 'unknown-function'
  | 'function-without-state'
  | 'task-timeout'
  | 'arguments'
  | 'jsonata-syntax'
  | 'undefined-variable'
  | 'unassigned-variable'
  | 'unknown-jsonata-function'
  | 'states-path'
  | 'no-context-value';

/** One mistake in a state machine. */
export interface Finding {
  rule: Rule;
  /** State and field, e.g. `CreateCluster: Arguments.Instances`. */
  path: string;
  /** What was expected, what came. */
  message: string;
}
