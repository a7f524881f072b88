import type jsonata from 'jsonata';
import { limits } from '../limits.ts';

/** What one evaluation has used of what Step Functions grants it (transforming-data: handling expression errors). */
export interface Budget {
  readonly startedMs: number;
  nodes: number;
  depth: number;
}

/** Under a name that no expression can write, so that none can read it. */
export const budgetBinding = ' budget';

export function freshBudget(): Budget {
  return { startedMs: performance.now(), nodes: 0, depth: 0 };
}

/** Makes an expression end with an error when it takes too long or nests too deep, instead of holding up the process. */
export function boundByBudget(expression: jsonata.Expression): void {
  const assign = expression.assign as (name: string | symbol, value: unknown) => void;
  assign(
    Symbol.for('jsonata.__evaluate_entry'),
    (_node: unknown, _input: unknown, environment: Environment) => {
      const budget = environment.lookup(budgetBinding);
      if (++budget.depth > limits.expressionDepth)
        throw new Error(
          `Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive. Depth=${budget.depth} max=${limits.expressionDepth}`,
        );
      if (++budget.nodes % 64 === 0 && performance.now() - budget.startedMs > limits.expressionMs)
        throw new Error('Expression evaluation timeout');
    },
  );
  assign(
    Symbol.for('jsonata.__evaluate_exit'),
    (_node: unknown, _input: unknown, environment: Environment, result: unknown) => {
      environment.lookup(budgetBinding).depth--;
      if (isTooBig(result)) throw new Error(memoryExceeded);
    },
  );
}

export const memoryExceeded = 'Expression evaluation memory limit exceeded';

/** A number takes eight bytes and a character one, as AWS counts; deeper values are not added up. */
function isTooBig(value: unknown): boolean {
  if (typeof value === 'string') return value.length > limits.expressionBytes;
  return Array.isArray(value) && value.length * 8 > limits.expressionBytes;
}

interface Environment {
  lookup(name: string): Budget;
}
