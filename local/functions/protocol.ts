/** What a function's pool and its workers say to each other. */

export interface RuntimeSettings {
  functionName: string;
  functionArn: string;
  memoryMiB: number;
  /** The bundle's file. */
  bundle: string;
  handlerExport: string;
}

export interface Invocation {
  /** The request's id. */
  id: string;
  /** The event, as JSON. */
  payload: string;
  /** Milliseconds since the epoch. */
  deadline: number;
}

export interface ErrorReport {
  errorType: string;
  errorMessage: string;
  trace?: string[];
}

/** `id` is null when the bundle could not be loaded. */
export type Answer =
  | { kind: 'ready' }
  | { kind: 'answered'; id: string; payload: string }
  | { kind: 'failed'; id: string | null; error: ErrorReport };
