import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import type { Report } from './problem.ts';

const code = 'MISSING_TRANSITION_TARGET';

/** Within one block: every target exists, every state can be reached, each has its way on, and one ends the block. */
export function checkTransitions(block: JsonObject, states: JsonObject, path: string, report: Report): void {
  const targets = new Map<string, string[]>();
  for (const [name, state] of Object.entries(states)) {
    if (!isJsonObject(state)) continue;
    const place = `${path}/States/${name}`;
    checkWayOn(state, place, report);
    const found = targetsOf(state, place);
    for (const [target, where] of found)
      if (!Object.hasOwn(states, target)) report.add(where, `Missing 'Next' target: ${target}`, code);
    targets.set(
      name,
      found.map(([target]) => target),
    );
  }
  const start = block['StartAt'];
  if (typeof start !== 'string') return;
  if (!Object.hasOwn(states, start)) {
    report.add(`${path}/StartAt`, `Missing 'StartAt' target: ${start}`, code);
    return;
  }
  const reached = reachable(start, targets);
  for (const name of Object.keys(states))
    if (!reached.has(name)) report.add(`${path}/States/${name}`, `State "${name}" is not reachable`, code);
  if (!Object.values(states).some(isTerminal))
    report.add(
      `${path}/States`,
      'Expected a terminal state: one with End, a Succeed or a Fail',
      'MISSING_END_STATE',
    );
}

function checkWayOn(state: JsonObject, place: string, report: Report): void {
  const { Type: type, Next: next, End: end } = state;
  if (type === 'Choice' || type === 'Succeed' || type === 'Fail') return;
  if (next === undefined && end !== true)
    report.add(place, "Expected 'Next' or 'End': true, got neither", 'MISSING_END_OR_NEXT');
  if (next !== undefined && end === true) report.add(place, "Expected one of 'Next' and 'End', got both");
}

/** Every target that a state names, with the place where it does. */
function targetsOf(state: JsonObject, place: string): [string, string][] {
  const found: [string, string][] = [];
  const note = (value: Json | undefined, where: string) => {
    if (typeof value === 'string') found.push([value, where]);
  };
  note(state['Next'], `${place}/Next`);
  note(state['Default'], `${place}/Default`);
  for (const list of ['Choices', 'Catch']) {
    const rules = state[list];
    if (!Array.isArray(rules)) continue;
    for (const [index, rule] of rules.entries())
      if (isJsonObject(rule)) note(rule['Next'], `${place}/${list}[${index}]/Next`);
  }
  return found;
}

function reachable(start: string, targets: ReadonlyMap<string, string[]>): Set<string> {
  const reached = new Set([start]);
  for (const name of reached) for (const target of targets.get(name) ?? []) reached.add(target);
  return reached;
}

function isTerminal(state: Json): boolean {
  if (!isJsonObject(state)) return false;
  return state['End'] === true || state['Type'] === 'Succeed' || state['Type'] === 'Fail';
}
