import { type Block, isObject, type PlacedState, textOf } from '../definition.ts';
import type { Finding } from '../finding.ts';

/** What a definition may name. */
export interface KnownNames {
  /** Functions by the name of their placeholder, with their own time limit. */
  functions: Readonly<Record<string, { timeoutSeconds: number }>>;
  /** Resources that the role of the state machine has permissions for. */
  resources: readonly string[];
  /** Placeholders that the deployment fills in besides the functions. */
  substitutions: readonly string[];
  /** The error names of the workflow's own. */
  errors: Readonly<Record<string, { kind: 'Terminal' | 'Transient' }>>;
}

const PLACEHOLDER = /\$\{(\w+)\}/g;

/** Resources, functions and placeholders: each one known, and none that is known left unused. */
export function lintNames(definition: Block, states: readonly PlacedState[], known: KnownNames): Finding[] {
  return [
    ...states.flatMap((placed) => lintTask(placed, known)),
    ...lintPlaceholders(JSON.stringify(definition), known),
  ];
}

function lintTask({ path, state }: PlacedState, known: KnownNames): Finding[] {
  if (state['Type'] !== 'Task') return [];
  const resource = textOf(state['Resource']);
  const findings: Finding[] = [];
  if (!known.resources.includes(resource)) {
    findings.push({
      rule: 'unknown-resource',
      path: `${path}: Resource`,
      message: `expected one of the table of permissions, got ${resource}`,
    });
  }
  const limit = state['TimeoutSeconds'];
  if (limit === undefined) {
    findings.push({
      rule: 'task-timeout',
      path,
      message: 'expected TimeoutSeconds: without it a Task waits for ever',
    });
  }
  if (resource !== 'arn:aws:states:::lambda:invoke') return findings;

  const name = functionNameOf(state['Arguments']);
  const called = known.functions[name];
  if (!called) {
    findings.push({
      rule: 'unknown-function',
      path: `${path}: Arguments.FunctionName`,
      message: `expected the placeholder of a function of the table, got ${name || 'none'}`,
    });
  } else if (typeof limit === 'number' && limit <= called.timeoutSeconds) {
    findings.push({
      rule: 'task-timeout',
      path: `${path}: TimeoutSeconds`,
      message: `expected more than the function's own ${called.timeoutSeconds} s, got ${limit} s`,
    });
  }
  return findings;
}

function functionNameOf(argumentsOf: PlacedState['state'][string] | undefined): string {
  if (!isObject(argumentsOf)) return '';
  return /^\$\{(\w+)\}$/.exec(textOf(argumentsOf['FunctionName']))?.[1] ?? '';
}

function lintPlaceholders(text: string, { functions, substitutions }: KnownNames): Finding[] {
  const found = new Set([...text.matchAll(PLACEHOLDER)].map(([, name = '']) => name));
  const filled = new Set([...Object.keys(functions), ...substitutions]);
  const unknown = [...found].filter((name) => !filled.has(name));
  return [
    ...unknown.map((name) =>
      finding('unknown-placeholder', name, 'expected one that the deployment fills in'),
    ),
    ...substitutions
      .filter((name) => !found.has(name))
      .map((name) =>
        finding('unused-substitution', name, 'filled in by the deployment, but not in the definition'),
      ),
    ...Object.keys(functions)
      .filter((name) => !found.has(name))
      .map((name) => finding('function-without-state', name, 'deployed, but no state invokes it')),
  ];
}

const finding = (rule: Finding['rule'], name: string, message: string): Finding => ({
  rule,
  path: `\${${name}}`,
  message,
});
