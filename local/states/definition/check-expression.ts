import jsonata from 'jsonata';
import { expressionBody } from '../jsonata/expression.ts';
import { knownFunctions } from '../jsonata/known-functions.ts';
import type { Report } from './problem.ts';

/** Which members of `$states` a field may read (transforming-data: reserved variable). */
export type Scope = 'input' | 'result' | 'errorOutput';

const members: Readonly<Record<Scope, readonly string[]>> = {
  input: ['input', 'context'],
  result: ['input', 'context', 'result'],
  errorOutput: ['input', 'context', 'errorOutput'],
};

/** Refuses an expression that does not parse, or that reads what Step Functions does not give it. */
export function checkExpression(text: string, path: string, scope: Scope, report: Report): void {
  const body = expressionBody(text);
  if (body === '') {
    report.add(path, 'Expected a JSONata expression between {% and %}, got nothing');
    return;
  }
  let tree: Node;
  try {
    tree = jsonata(body).ast() as Node;
  } catch (error) {
    const message = typeof error === 'object' && error && 'message' in error ? error.message : error;
    report.add(
      path,
      `The JSONata expression '${body}' does not parse: ${message}`,
      'INVALID_JSONATA_EXPRESSION',
    );
    return;
  }
  checkNode(tree, true, (message) => report.add(path, message, 'UNSUPPORTED_JSONATA_EXPRESSION'), scope);
}

/** Names of the variables that an expression reads and does not bind itself, functions left out. */
export function freeVariables(text: string): string[] {
  const found = new Set<string>();
  let tree: Node;
  try {
    tree = jsonata(expressionBody(text)).ast() as Node;
  } catch {
    return [];
  }
  collectVariables(tree, new Set(['', '$', 'states']), found);
  return [...found].filter((name) => !knownFunctions.has(name));
}

/** jsonata's syntax tree, of which its types tell only a part. */
interface Node {
  readonly type?: string;
  readonly value?: unknown;
  readonly [key: string]: unknown;
}

/**
 * `atRoot` is whether the context of the node is the expression's own, of which Step Functions gives none:
 * steps of a path after the first, and what a step holds besides, have the step's value as their context.
 */
function checkNode(node: Node, atRoot: boolean, refuse: (message: string) => void, scope: Scope): void {
  if (node.type === 'variable') {
    if (node.value === '$') refuse("Reference to '$$' is not supported.");
    if (node.value === '' && atRoot) refuse("Reference to '$' at the top level is not supported.");
    if (node.value === 'eval') refuse("Function '$eval' is not supported; for JSON in a string use $parse.");
  }
  if (atRoot && (node.type === 'name' || node.type === 'wildcard' || node.type === 'descendant'))
    refuse(`Reference to '${node.type === 'name' ? node.value : '*'}' at the top level is not supported.`);
  if (node.type === 'path' && Array.isArray(node['steps'])) {
    checkStatesPath(node['steps'], refuse, scope);
    for (const [index, step] of node['steps'].entries())
      checkNode(step, atRoot && index === 0, refuse, scope);
    for (const [key, child] of Object.entries(node))
      if (key !== 'steps') checkChildren(child, false, refuse, scope);
    return;
  }
  if (node.type === 'lambda') {
    checkChildren(node['body'], atRoot, refuse, scope);
    return;
  }
  for (const [key, child] of Object.entries(node)) {
    if (key === 'value' || key === 'type') continue;
    const ownContext = key === 'predicate' || key === 'stages' || key === 'group' || key === 'terms';
    checkChildren(child, atRoot && !ownContext && node.type !== 'transform', refuse, scope);
  }
}

function checkChildren(
  child: unknown,
  atRoot: boolean,
  refuse: (message: string) => void,
  scope: Scope,
): void {
  if (Array.isArray(child)) for (const item of child) checkChildren(item, atRoot, refuse, scope);
  else if (typeof child === 'object' && child !== null && !(child instanceof RegExp))
    checkNode(child as Node, atRoot, refuse, scope);
}

function checkStatesPath(steps: Node[], refuse: (message: string) => void, scope: Scope): void {
  const [first, second] = steps;
  if (first?.type !== 'variable' || first.value !== 'states' || second?.type !== 'name') return;
  const member = String(second.value);
  if (!members[scope].includes(member))
    refuse(
      `Reference to '$states.${member}' is not supported here: expected one of ${members[scope].map((name) => `$states.${name}`).join(', ')}.`,
    );
}

function collectVariables(node: unknown, bound: ReadonlySet<string>, found: Set<string>): void {
  if (Array.isArray(node)) {
    for (const item of node) collectVariables(item, bound, found);
    return;
  }
  if (typeof node !== 'object' || node === null || node instanceof RegExp) return;
  const tree = node as Node;
  if (tree.type === 'variable') {
    if (!bound.has(String(tree.value))) found.add(String(tree.value));
  }
  if (tree.type === 'lambda') {
    const names = (tree['arguments'] as Node[]).map(({ value }) => String(value));
    collectVariables(tree['body'], new Set([...bound, ...names]), found);
    return;
  }
  if (tree.type === 'block') {
    const inner = new Set(bound);
    for (const expression of tree['expressions'] as Node[]) {
      collectVariables(expression, inner, found);
      if (expression.type === 'bind') inner.add(String((expression['lhs'] as Node).value));
    }
    return;
  }
  for (const [key, child] of Object.entries(tree)) {
    if (key === 'value' || key === 'type' || (tree.type === 'bind' && key === 'lhs')) continue;
    if (key === 'procedure' && (child as Node).type === 'variable') continue;
    collectVariables(child, bound, found);
  }
}
