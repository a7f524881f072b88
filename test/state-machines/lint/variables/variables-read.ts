import { childrenOf, type Node, nodesIn, variableName } from '../jsonata/syntax-tree.ts';

export interface Read {
  name: string;
  /** It must have a value; or it is asked for by `$exists`, or used only once that was answered; or it is called. */
  how: 'needed' | 'guarded' | 'called';
}

/** What is bound inside of the expression itself, and which variables surely have a value. */
interface Surroundings {
  bound: ReadonlySet<string>;
  sure: ReadonlySet<string>;
}

/** The variables of the state machine that an expression reads; its own bindings are left out. */
export function variablesRead(tree: Node): Read[] {
  return readsOf(tree, { bound: new Set(['', '$', 'states']), sure: new Set() });
}

function readsOf(node: Node, around: Surroundings): Read[] {
  switch (node.type) {
    case 'variable': {
      const name = String(node.value);
      const filters = readsOfAll(nodesIn(node['predicate']), around);
      if (around.bound.has(name)) return filters;
      return [{ name, how: around.sure.has(name) ? 'guarded' : 'needed' }, ...filters];
    }
    case 'condition': {
      const condition = nodesIn(node['condition']);
      return [
        ...readsOfAll(condition, around),
        ...readsOfAll(nodesIn(node['then']), assuming(around, assured(condition[0]))),
        ...readsOfAll(nodesIn(node['else']), around),
      ];
    }
    case 'binary': {
      const left = nodesIn(node['lhs']);
      const more = node.value === 'and' ? assured(left[0]) : [];
      return [...readsOfAll(left, around), ...readsOfAll(nodesIn(node['rhs']), assuming(around, more))];
    }
    case 'function':
      return readsOfCall(node, around);
    case 'lambda': {
      const own = nodesIn(node['arguments']).map(({ value }) => String(value));
      return readsOfAll(nodesIn(node['body']), binding(around, own));
    }
    case 'block':
      return readsOfBlock(nodesIn(node['expressions']), around);
    case 'bind':
      return readsOfAll(nodesIn(node['rhs']), around);
    default:
      return readsOfAll(childrenOf(node), around);
  }
}

function readsOfAll(nodes: readonly Node[], around: Surroundings): Read[] {
  return nodes.flatMap((node) => readsOf(node, around));
}

function readsOfCall(node: Node, around: Surroundings): Read[] {
  const procedure = nodesIn(node['procedure']);
  const given = nodesIn(node['arguments']);
  const name = variableName(procedure[0]);
  if (name === undefined) return readsOfAll([...procedure, ...given], around);
  const call: Read[] = around.bound.has(name) ? [] : [{ name, how: 'called' }];
  const asked = name === 'exists' ? given.slice(0, 1).map(rootVariable) : [];
  const certain = asked.filter((variable) => variable !== undefined);
  return [...call, ...readsOfAll(given, assuming(around, certain))];
}

/** A binding is seen by what follows it. */
function readsOfBlock([first, ...rest]: readonly Node[], around: Surroundings): Read[] {
  if (!first) return [];
  const own = first.type === 'bind' ? nodesIn(first['lhs']).map(({ value }) => String(value)) : [];
  return [...readsOf(first, around), ...readsOfBlock(rest, binding(around, own))];
}

const assuming = (around: Surroundings, names: readonly string[]): Surroundings => ({
  ...around,
  sure: new Set([...around.sure, ...names]),
});

const binding = (around: Surroundings, names: readonly string[]): Surroundings => ({
  ...around,
  bound: new Set([...around.bound, ...names]),
});

/** The variables that have a value wherever the condition holds. */
function assured(condition: Node | undefined): string[] {
  if (condition?.type === 'binary' && condition.value === 'and') {
    return [...assured(nodesIn(condition['lhs'])[0]), ...assured(nodesIn(condition['rhs'])[0])];
  }
  if (condition?.type !== 'function' || variableName(nodesIn(condition['procedure'])[0]) !== 'exists') {
    return [];
  }
  const name = rootVariable(nodesIn(condition['arguments'])[0]);
  return name === undefined ? [] : [name];
}

/** `$a` of `$a` and of `$a.b.c`. */
function rootVariable(node: Node | undefined): string | undefined {
  return node?.type === 'path' ? variableName(nodesIn(node['steps'])[0]) : variableName(node);
}
