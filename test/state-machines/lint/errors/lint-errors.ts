import { type JsonObject, objectsOf, type PlacedState, textsOf } from '../definition.ts';
import type { Finding } from '../finding.ts';
import type { KnownNames } from '../names/lint-names.ts';
import { serviceErrors } from './service-errors.ts';

/** Throws the execution's own error at its end. */
const FINAL_FUNCTION = 'RedriveGate';
const RETRY_FIELDS = new Set([
  'ErrorEquals',
  'IntervalSeconds',
  'MaxAttempts',
  'BackoffRate',
  'MaxDelaySeconds',
  'JitterStrategy',
  'Comment',
]);
/** They stand for every error, those that cannot pass too. */
const EVERYTHING = new Set(['States.ALL', 'States.TaskFailed']);

/** Catch and Retry: nothing falls through, nothing is retried that cannot pass. */
export function lintErrors(states: readonly PlacedState[], known: KnownNames): Finding[] {
  return states.flatMap((placed) => [
    ...lintCatch(placed, states),
    ...lintLast(placed, 'Catch'),
    ...lintLast(placed, 'Retry'),
    ...lintNames(placed, 'Catch', known),
    ...lintNames(placed, 'Retry', known),
    ...objectsOf(placed.state['Retry']).flatMap((retrier, index) =>
      lintRetrier(placed, retrier, index, known),
    ),
  ]);
}

/**
 * Every Task catches everything, itself or by the Map it is in, but for the one that ends the execution.
 */
function lintCatch({ path, state }: PlacedState, states: readonly PlacedState[]): Finding[] {
  if (state['Type'] !== 'Task' || endsExecution(state)) return [];
  const around = states.filter((outer) => path.startsWith(`${outer.path}/`));
  const caught = [state, ...around.map((outer) => outer.state)].some((each) =>
    objectsOf(each['Catch']).some((catcher) => textsOf(catcher['ErrorEquals']).includes('States.ALL')),
  );
  if (caught) return [];
  return [{ rule: 'catch-missing', path, message: 'expected a Catch of States.ALL, here or around it' }];
}

function endsExecution(state: JsonObject): boolean {
  return JSON.stringify(state['Arguments'] ?? {}).includes(`"\${${FINAL_FUNCTION}}"`);
}

function lintLast({ path, state }: PlacedState, field: 'Catch' | 'Retry'): Finding[] {
  const rules = objectsOf(state[field]);
  return rules.flatMap((rule, index) => {
    const names = textsOf(rule['ErrorEquals']);
    if (!names.includes('States.ALL')) return [];
    if (names.length === 1 && index === rules.length - 1) return [];
    return [
      {
        rule: 'states-all-not-last' as const,
        path: `${path}: ${field}[${index}]`,
        message: 'expected States.ALL alone and in the last place, for nothing after it is looked at',
      },
    ];
  });
}

function lintNames(
  { path, state }: PlacedState,
  field: 'Catch' | 'Retry',
  { errors }: KnownNames,
): Finding[] {
  return objectsOf(state[field]).flatMap((rule, index) =>
    textsOf(rule['ErrorEquals'])
      .filter((name) => !(name in errors) && !serviceErrors.has(name))
      .map((name) => ({
        rule: 'unknown-error-name' as const,
        path: `${path}: ${field}[${index}]`,
        message: `expected a name of the error table or of a service, got ${name}`,
      })),
  );
}

function lintRetrier(
  { path, state }: PlacedState,
  retrier: JsonObject,
  index: number,
  { errors }: KnownNames,
): Finding[] {
  const at = `${path}: Retry[${index}]`;
  const names = textsOf(retrier['ErrorEquals']);
  const findings: Finding[] = Object.keys(retrier)
    .filter((field) => !RETRY_FIELDS.has(field))
    .map((field) => ({ rule: 'unknown-retry-field', path: at, message: `a Retrier has no field ${field}` }));
  for (const name of names) {
    if (errors[name]?.kind === 'Terminal') {
      findings.push({ rule: 'retry-of-terminal-error', path: at, message: `${name} cannot pass by waiting` });
    }
    if (EVERYTHING.has(name)) {
      findings.push({
        rule: 'retry-of-everything',
        path: at,
        message: `${name} stands for errors that cannot pass too`,
      });
    }
    if (name in errors && endsExecution(state)) {
      findings.push({
        rule: 'retry-of-the-final-error',
        path: at,
        message: `${name} is thrown here to end the execution; a Retry would only delay the end`,
      });
    }
  }
  if (retrier['JitterStrategy'] !== 'FULL' || retrier['MaxDelaySeconds'] === undefined) {
    findings.push({
      rule: 'retry-without-jitter',
      path: at,
      message:
        'expected JitterStrategy FULL and MaxDelaySeconds, or many runs ask again at once, or too late',
    });
  }
  return findings;
}
