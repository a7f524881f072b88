/** AWS's quotas for Standard workflows, each with the page of the Developer Guide or API Reference that states it. */
export const limits = {
  /** Input, output and result of a state, bytes of UTF-8 (quotas: "Maximum input or output size"). */
  payloadBytes: 256 * 1024,
  /** Events in one execution's history (quotas: "Maximum execution history size"). */
  historyEvents: 25_000,
  /** An execution may be redriven while its history holds fewer events than this (RedriveExecution). */
  redrivableEvents: 24_999,
  /** Definition, bytes of UTF-8 (CreateStateMachine). */
  definitionBytes: 1_048_576,
  /** Names of state machines, executions and states, characters. */
  nameLength: 80,
  /** One Wait, and any timeout: seconds (a year; quotas: "Maximum execution time"). */
  waitSeconds: 31_536_000,
  timeoutSeconds: 99_999_999,
  /** Iterations of an inline Map that run at once (state-map-inline). */
  inlineMapConcurrency: 40,
  /** An execution is open for a year at most: milliseconds (quotas: "Maximum execution time"). */
  executionMs: 31_536_000_000,
  /** How many client tokens of redrives are remembered, and how long: milliseconds (RedriveExecution). */
  clientTokens: 10,
  clientTokenMs: 15 * 60_000,
  /** After this long a closed execution can't be redriven: milliseconds (redrive-executions). */
  redrivablePeriodMs: 14 * 24 * 3_600_000,
  /** Length of an error's name and of its cause, characters (the history's details). */
  errorLength: 256,
  causeLength: 32_768,
  /** One evaluation of an expression: milliseconds (transforming-data); nested nodes, and bytes of a value, as measured. */
  expressionMs: 1_000,
  expressionDepth: 100,
  expressionBytes: 6_990_256,
  /** Items of a $range, as measured. */
  rangeItems: 360_145,
  /** One variable, and all variables of an execution, bytes (workflow-variables). */
  variableBytes: 256 * 1024,
  allVariablesBytes: 10 * 1024 * 1024,
} as const;
