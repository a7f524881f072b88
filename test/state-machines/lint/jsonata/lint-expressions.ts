import { type PlacedState, textOf } from '../definition.ts';
import type { Finding } from '../finding.ts';
import { expressionsOf, type PlacedExpression } from './expressions.ts';
import { missingMember, statesObject } from './states-object.ts';
import { childrenOf, isExpression, isNode, type Node, nodesIn, parse, variableName } from './syntax-tree.ts';

/** Expressions that do not parse, or read what Step Functions does not give them. */
export function lintExpressions(states: readonly PlacedState[]): Finding[] {
  return states.flatMap((placed) =>
    expressionsOf(placed.state).flatMap((expression) => lintExpression(expression, placed, states)),
  );
}

function lintExpression(
  { field, text, scope }: PlacedExpression,
  { path, state }: PlacedState,
  states: readonly PlacedState[],
): Finding[] {
  const finding = (rule: Finding['rule'], message: string): Finding => ({
    rule,
    path: `${path}: ${field}`,
    message,
  });
  if (!isExpression(text)) {
    return [finding('jsonata-syntax', `expected {% first and %} last, got ${text}`)];
  }
  let tree: Node;
  try {
    tree = parse(text);
  } catch (error) {
    return [finding('jsonata-syntax', `${(error as { message: string }).message}: ${text}`)];
  }
  const insideMap =
    field.startsWith('ItemSelector') ||
    states.some(({ path: outer, state: { Type } }) => Type === 'Map' && path.startsWith(`${outer}/`));
  const shape = statesObject(scope, textOf(state['Resource']), insideMap);
  const misread = statesPaths(tree).flatMap((members) => {
    const missing = missingMember(members, shape);
    return missing
      ? [
          finding(
            'states-path',
            `expected one of ${missing.expected.join(', ')}, got ${missing.member} in $states.${members.join('.')}`,
          ),
        ]
      : [];
  });
  return [
    ...misread,
    ...rootlessNames(tree).map((name) =>
      finding('no-context-value', `${name} is looked up in a context that is not there; is $${name} meant?`),
    ),
  ];
}

/** The names after `$states`, as far as they are written out. */
function statesPaths(node: Node): string[][] {
  const inner = childrenOf(node).flatMap(statesPaths);
  if (node.type !== 'path') return inner;
  const [first, ...rest] = nodesIn(node['steps']);
  if (variableName(first) !== 'states') return inner;
  const end = rest.findIndex(({ type }) => type !== 'name');
  const members = (end < 0 ? rest : rest.slice(0, end)).map(({ value }) => String(value));
  return [members, ...inner];
}

/** Names without anything before them, outside of the steps and filters that give them a context. */
function rootlessNames(node: Node): string[] {
  if (node.type === 'name') return [String(node.value)];
  if (node.type === 'path') {
    const [first] = nodesIn(node['steps']);
    return first ? rootlessNames(first) : [];
  }
  if (node.type === 'apply' || node.type === 'transform') return [];
  // A filter and a sort term have the item as their context.
  const { predicate: _, stages: __, terms: ___, ...own } = node;
  return Object.values(own).flatMap((value) =>
    (Array.isArray(value) ? value.flat() : [value]).filter(isNode).flatMap(rootlessNames),
  );
}
