import type { Block } from '../definition.ts';
import { type Transition, transitionsOf } from './transitions.ts';

/**
 * For each state the variables that surely have a value when it is entered.
 *
 * States that only a Catch leads to are the failure's own. Where one of them leads back to the others (a redrive, a
 * lost cluster), it is taken to have made sure of what it found: such a way does not take a value from the state
 * it leads to. Unreachable states are left out.
 * @param outer what has a value where the block is entered: the variables around a Map.
 */
export function assignedVariables(
  block: Block,
  outer: ReadonlySet<string>,
): Map<string, ReadonlySet<string>> {
  const ordinary = reachable(block, [block.StartAt], ({ failure }) => !failure);
  const assigned = new Map<string, ReadonlySet<string>>([[block.StartAt, outer]]);
  const pending = [block.StartAt];
  for (let name = pending.shift(); name !== undefined; name = pending.shift()) {
    const state = block.States[name];
    const here = assigned.get(name);
    if (!state || !here) continue;
    for (const { to, assigns } of transitionsOf(state)) {
      if (!ordinary.has(name) && ordinary.has(to)) continue;
      const arriving = new Set([...here, ...assigns]);
      const before = assigned.get(to);
      const after = before ? new Set([...before].filter((variable) => arriving.has(variable))) : arriving;
      if (before && after.size === before.size) continue;
      assigned.set(to, after);
      pending.push(to);
    }
  }
  return assigned;
}

function reachable(
  block: Block,
  from: readonly string[],
  follow: (transition: Transition) => boolean,
): ReadonlySet<string> {
  const seen = new Set(from);
  // A Set is iterated over what is added meanwhile too.
  for (const name of seen) {
    for (const transition of transitionsOf(block.States[name] ?? {})) {
      if (follow(transition)) seen.add(transition.to);
    }
  }
  return seen;
}
