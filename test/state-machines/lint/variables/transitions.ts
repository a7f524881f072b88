import { isObject, type Json, type JsonObject, objectsOf, textOf } from '../definition.ts';

/** One way from a state to the next, with the names that are assigned on it. */
export interface Transition {
  to: string;
  assigns: string[];
  /** By a Catch. */
  failure: boolean;
}

export function transitionsOf(state: JsonObject): Transition[] {
  const own = namesOf(state['Assign']);
  const onward = (to: Json | undefined, assigns: string[], failure = false): Transition[] =>
    textOf(to) === '' ? [] : [{ to: textOf(to), assigns, failure }];
  return [
    ...onward(state['Next'], own),
    ...onward(state['Default'], own),
    // A rule that matches assigns its own, the state's Assign belongs to Default.
    ...objectsOf(state['Choices']).flatMap((rule) => onward(rule['Next'], namesOf(rule['Assign']))),
    ...objectsOf(state['Catch']).flatMap((rule) => onward(rule['Next'], namesOf(rule['Assign']), true)),
  ];
}

function namesOf(assign: Json | undefined): string[] {
  return isObject(assign) ? Object.keys(assign) : [];
}
