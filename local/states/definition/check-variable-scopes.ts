import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import type { Report } from './problem.ts';

/**
 * A variable that a scope assigns may not be assigned in the scopes inside it too (workflow-variables).
 * `outer` holds the names that the scopes around assign, and where.
 */
export function checkVariableScopes(
  block: JsonObject,
  path: string,
  outer: ReadonlyMap<string, string>,
  report: Report,
): void {
  const states = block['States'];
  if (!isJsonObject(states)) return;
  const own = new Map<string, string>();
  for (const [name, state] of Object.entries(states))
    if (isJsonObject(state)) noteAssigned(state, `${path}/States/${name}`, own);
  for (const [variable, place] of own) {
    const around = outer.get(variable);
    if (around)
      report.add(
        place,
        `The variable '${variable}' is assigned in a scope around this one too, at ${around}`,
      );
  }
  const visible = new Map([...outer, ...own]);
  for (const [name, state] of Object.entries(states)) {
    if (!isJsonObject(state)) continue;
    const place = `${path}/States/${name}`;
    const { Branches: branches, ItemProcessor: processor } = state;
    if (Array.isArray(branches))
      for (const [index, branch] of branches.entries())
        if (isJsonObject(branch)) checkVariableScopes(branch, `${place}/Branches[${index}]`, visible, report);
    if (isJsonObject(processor)) checkVariableScopes(processor, `${place}/ItemProcessor`, visible, report);
  }
}

function noteAssigned(state: JsonObject, place: string, found: Map<string, string>): void {
  note(state['Assign'], `${place}/Assign`, found);
  for (const list of ['Choices', 'Catch']) {
    const rules = state[list];
    if (!Array.isArray(rules)) continue;
    for (const [index, rule] of rules.entries())
      if (isJsonObject(rule)) note(rule['Assign'], `${place}/${list}[${index}]/Assign`, found);
  }
}

function note(assign: Json | undefined, place: string, found: Map<string, string>): void {
  if (!isJsonObject(assign)) return;
  for (const name of Object.keys(assign)) if (!found.has(name)) found.set(name, `${place}/${name}`);
}
