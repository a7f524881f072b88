import { type Place, quoted } from './place.ts';

/** Reads a list of `{property, value}`: the values by name. Unknown and repeated names are reported. */
export function readCustomProperties<const Name extends string>(
  place: Place | undefined,
  known: readonly Name[],
): ReadonlyMap<Name, Place> {
  const values = new Map<Name, Place>();
  for (const item of place?.items() ?? []) {
    const entries = item.entries(['id', 'property', 'value', 'description']);
    const property = entries.require('property', 'Name the property.');
    const value = entries.require('value', 'Give the property a value, or leave it out for the default.');
    const name = property?.choice(known);
    if (property === undefined || name === undefined || value === undefined) continue;
    if (values.has(name)) {
      property.report(`${name} once`, 'Remove one of the two.', `${quoted(name)} again`);
      continue;
    }
    values.set(name, value);
  }
  return values;
}

/** What to do about a key that is the name of a custom property. */
export const asCustomProperty =
  (known: readonly string[]) =>
  (key: string): string | undefined =>
    known.includes(key) ? `Write it under customProperties: {property: ${key}, value: ...}.` : undefined;
