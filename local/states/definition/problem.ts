/** One mistake in a definition. `path` is where, e.g. `/States/Load/Retry[0]/MaxAttempts`; absent without JSON. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly path?: string;
}

/** Collects problems; what a check of a value gets besides the value. */
export interface Report {
  add(path: string, message: string, code?: string): void;
  readonly problems: readonly Problem[];
}

export function createReport(): Report {
  const problems: Problem[] = [];
  return {
    problems,
    add: (path, message, code = 'SCHEMA_VALIDATION_FAILED') => void problems.push({ code, message, path }),
  };
}
