import { isJsonObject, type Json } from '../json.ts';
import { isExpression } from '../jsonata/expression.ts';
import { freeVariables } from './check-expression.ts';
import type { Definition, StatesBlock } from './definition.ts';

/** Which variables each state reads, sorted: what DescribeStateMachine calls variableReferences. */
export function variableReferences(definition: Definition): { [state: string]: string[] } {
  const references: { [state: string]: string[] } = {};
  collectBlock(definition, references);
  return references;
}

function collectBlock(block: StatesBlock, references: { [state: string]: string[] }): void {
  for (const [name, state] of Object.entries(block.States)) {
    const { Branches: _, ItemProcessor: __, ...own } = state as unknown as Record<string, Json>;
    const found = new Set<string>();
    collectTemplate(own, found);
    if (found.size > 0) references[name] = [...found].sort();
    if (state.Type === 'Parallel') for (const branch of state.Branches) collectBlock(branch, references);
    if (state.Type === 'Map') collectBlock(state.ItemProcessor, references);
  }
}

function collectTemplate(value: Json, found: Set<string>): void {
  if (typeof value === 'string') {
    if (isExpression(value)) for (const name of freeVariables(value)) found.add(name);
  } else if (Array.isArray(value)) {
    for (const item of value) collectTemplate(item, found);
  } else if (isJsonObject(value)) {
    for (const item of Object.values(value)) collectTemplate(item, found);
  }
}
