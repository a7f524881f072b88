import { isExpression, type Node, nodesIn, parse, variableName } from '../jsonata/syntax-tree.ts';

export type Kind = 'string' | 'number' | 'boolean' | 'list' | 'object';

/** What an expression evaluates to, as far as its form alone says so. */
export function kindOfExpression(text: string): Kind | undefined {
  if (!isExpression(text)) return undefined;
  try {
    return kindOf(parse(text));
  } catch {
    return undefined;
  }
}

function kindOf(node: Node): Kind | undefined {
  switch (node.type) {
    case 'string':
      return 'string';
    case 'number':
      return 'number';
    case 'unary':
      return node.value === '['
        ? 'list'
        : node.value === '{'
          ? 'object'
          : node.value === '-'
            ? 'number'
            : undefined;
    case 'binary':
      if (node.value === '&') return 'string';
      if (['+', '-', '*', '/', '%'].includes(String(node.value))) return 'number';
      if (['=', '!=', '<', '<=', '>', '>=', 'and', 'or', 'in'].includes(String(node.value))) return 'boolean';
      return undefined;
    case 'function': {
      const called = variableName(nodesIn(node['procedure'])[0]) ?? '';
      if (['string', 'join', 'substring', 'uppercase', 'lowercase', 'uuid'].includes(called)) return 'string';
      if (['number', 'count', 'sum', 'round', 'floor', 'ceil', 'length'].includes(called)) return 'number';
      return undefined;
    }
    case 'condition': {
      const [then, otherwise] = [node['then'], node['else']].flatMap(nodesIn).map(kindOf);
      return then === otherwise ? then : undefined;
    }
    case 'path': {
      const steps = nodesIn(node['steps']);
      return steps.length === 1 && steps[0] ? kindOf(steps[0]) : undefined;
    }
    default:
      return undefined;
  }
}
