import jsonata from 'jsonata';
import { boundByBudget } from './budget.ts';
import { addedFunctions } from './functions.ts';

/** Compiled expressions kept; more than a process's definitions hold. */
const cacheSize = 5_000;

const compiled = new Map<string, jsonata.Expression>();

/** An expression with AWS's functions and within its bounds: once for all engines of the process. */
export function compile(body: string): jsonata.Expression {
  const known = compiled.get(body);
  if (known) return known;
  const expression = jsonata(body);
  for (const [name, call] of Object.entries(addedFunctions)) expression.registerFunction(name, call);
  boundByBudget(expression);
  if (compiled.size >= cacheSize) compiled.clear();
  compiled.set(body, expression);
  return expression;
}
