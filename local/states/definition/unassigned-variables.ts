import { isJsonObject, type Json } from '../json.ts';
import { isExpression } from '../jsonata/expression.ts';
import { freeVariables } from './check-expression.ts';
import type { Definition, StatesBlock } from './definition.ts';
import type { Problem } from './problem.ts';

/**
 * Warnings: variables that an expression reads and that no state of its scope, or of the scopes around it,
 * assigns, and functions that nobody knows. They have no value when the machine runs, on AWS as here.
 */
export function unassignedVariables(definition: Definition): Problem[] {
  const problems: Problem[] = [];
  visitBlock(definition, '', new Set(), problems);
  return problems;
}

function visitBlock(block: StatesBlock, path: string, outer: ReadonlySet<string>, problems: Problem[]): void {
  const visible = new Set(outer);
  for (const state of Object.values(block.States)) for (const name of assignedBy(state)) visible.add(name);
  for (const [name, state] of Object.entries(block.States)) {
    const place = `${path}/States/${name}`;
    const own: Json = JSON.parse(JSON.stringify({ ...state, Branches: undefined, ItemProcessor: undefined }));
    visitTemplate(own, place, visible, problems);
    if (state.Type === 'Parallel')
      for (const [index, branch] of state.Branches.entries())
        visitBlock(branch, `${place}/Branches[${index}]`, visible, problems);
    if (state.Type === 'Map') visitBlock(state.ItemProcessor, `${place}/ItemProcessor`, visible, problems);
  }
}

function assignedBy(state: StatesBlock['States'][string]): string[] {
  const rules = [
    ...('Assign' in state ? [state.Assign] : []),
    ...('Choices' in state ? state.Choices.map(({ Assign }) => Assign) : []),
    ...('Catch' in state ? (state.Catch ?? []).map(({ Assign }) => Assign) : []),
  ];
  return rules.flatMap((assign) => Object.keys(assign ?? {}));
}

function visitTemplate(value: Json, path: string, visible: ReadonlySet<string>, problems: Problem[]): void {
  if (typeof value === 'string') {
    if (!isExpression(value)) return;
    for (const name of freeVariables(value))
      if (!visible.has(name))
        problems.push({
          code: 'UNASSIGNED_VARIABLE',
          message: `No state of this scope assigns the variable '${name}', so it has no value here`,
          path,
        });
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) visitTemplate(item, `${path}[${index}]`, visible, problems);
  } else if (isJsonObject(value)) {
    for (const [key, item] of Object.entries(value)) visitTemplate(item, `${path}/${key}`, visible, problems);
  }
}
