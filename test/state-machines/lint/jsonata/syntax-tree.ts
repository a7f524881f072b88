import jsonata from 'jsonata';

/** A node of jsonata's syntax tree, of which its own types tell only a part. */
export interface Node {
  readonly type: string;
  readonly value?: unknown;
  readonly [key: string]: unknown;
}

export const isExpression = (text: string): boolean => /^\{%[\s\S]*%\}$/.test(text);

/** @throws jsonata's error, which has a message. */
export function parse(text: string): Node {
  return jsonata(text.slice(2, -2)).ast() as unknown as Node;
}

/** The nodes directly under one, in the order of their text as far as the tree keeps it. */
export function childrenOf(node: Node): Node[] {
  return Object.values(node).flatMap(nodesIn);
}

export function nodesIn(value: unknown): Node[] {
  if (Array.isArray(value)) return value.flatMap(nodesIn);
  return isNode(value) ? [value] : [];
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/** `$name` where nothing is selected of it: the name, else undefined. */
export function variableName(node: Node | undefined): string | undefined {
  if (node?.type === 'path') {
    const steps = nodesIn(node['steps']);
    return steps.length === 1 ? variableName(steps[0]) : undefined;
  }
  return node?.type === 'variable' ? String(node.value) : undefined;
}
