import type { Definition } from './definition.ts';

/** Parsed definitions kept; more than a process runs at a time. */
const cacheSize = 200;

const parsed = new Map<string, Definition>();

/** A definition that was validated, as an object: the same one for all executions of the same text. */
export function parsedDefinition(text: string): Definition {
  const known = parsed.get(text);
  if (known) return known;
  const definition: Definition = JSON.parse(text);
  if (parsed.size >= cacheSize) parsed.clear();
  parsed.set(text, definition);
  return definition;
}
