/** One event of an execution's history, in the form in which GetExecutionHistory answers it. */
export interface HistoryEvent {
  readonly id: number;
  readonly previousEventId: number;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly type: string;
  /** The event's one `...EventDetails` member, named by `detailsOf(type)`; absent where AWS has none. */
  readonly details?: EventDetails;
}

export type EventDetails = { readonly [key: string]: unknown };

const withoutDetails = new Set([
  'LambdaFunctionStarted',
  'MapStateAborted',
  'MapStateFailed',
  'MapStateSucceeded',
  'ParallelStateAborted',
  'ParallelStateFailed',
  'ParallelStateStarted',
  'ParallelStateSucceeded',
  'TaskStateAborted',
  'WaitStateAborted',
]);

/** The member of a history event that holds its details, e.g. `stateEnteredEventDetails`; undefined where there is none. */
export function detailsMember(type: string): string | undefined {
  if (withoutDetails.has(type)) return undefined;
  if (type.endsWith('StateEntered')) return 'stateEnteredEventDetails';
  if (type.endsWith('StateExited')) return 'stateExitedEventDetails';
  return `${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails`;
}
