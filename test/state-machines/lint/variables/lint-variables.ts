import { type Block, innerBlocks } from '../definition.ts';
import type { Finding } from '../finding.ts';
import { expressionsOf } from '../jsonata/expressions.ts';
import { knownFunctions } from '../jsonata/known-functions.ts';
import { isExpression, type Node, parse } from '../jsonata/syntax-tree.ts';
import { assignedVariables } from './assigned-variables.ts';
import { transitionsOf } from './transitions.ts';
import { variablesRead } from './variables-read.ts';

/** Variables that nothing assigns, or that need not have a value yet where they are read. */
export function lintVariables(block: Block, outer: ReadonlySet<string> = new Set(), prefix = ''): Finding[] {
  const states = Object.entries(block.States);
  const everAssigned = new Set([
    ...outer,
    ...states.flatMap(([, state]) => transitionsOf(state).flatMap(({ assigns }) => assigns)),
  ]);
  const assigned = assignedVariables(block, outer);
  return states.flatMap(([name, state]) => {
    const here = assigned.get(name) ?? everAssigned;
    const own = expressionsOf(state).flatMap(({ field, text }) => {
      const tree = parsed(text);
      if (!tree) return [];
      const finding = (rule: Finding['rule'], message: string): Finding => ({
        rule,
        path: `${prefix}${name}: ${field}`,
        message,
      });
      return variablesRead(tree).flatMap(({ name: variable, how }) => {
        if (knownFunctions.has(variable)) return [];
        if (how === 'called' && !everAssigned.has(variable)) {
          return [finding('unknown-jsonata-function', `Step Functions has no $${variable}()`)];
        }
        if (!everAssigned.has(variable)) {
          return [finding('undefined-variable', `no state assigns $${variable}`)];
        }
        if (how === 'guarded' || here.has(variable)) return [];
        return [
          finding(
            'unassigned-variable',
            `$${variable} need not have a value here; ask by $exists($${variable})`,
          ),
        ];
      });
    });
    return [
      ...own,
      ...innerBlocks(state).flatMap((inner) => lintVariables(inner, here, `${prefix}${name}/`)),
    ];
  });
}

/** What does not parse is another rule's finding. */
function parsed(text: string): Node | null {
  try {
    return isExpression(text) ? parse(text) : null;
  } catch {
    return null;
  }
}
