import type { Column, ColumnType } from '../contract.ts';
import { type OptionKey, optionKeys, readColumnRules, readDatetimeFormat } from './column-rules.ts';
import { readColumnType, readLogicalType } from './column-type.ts';
import { asCustomProperty, readCustomProperties } from './custom-properties.ts';
import type { Place } from './place.ts';
import { type RowRule, readQuality, type ValueRules } from './quality.ts';

const columnKeys = [
  'name',
  'logicalType',
  'physicalType',
  'logicalTypeOptions',
  'required',
  'unique',
  'primaryKey',
  'primaryKeyPosition',
  'partitioned',
  'partitionKeyPosition',
  'description',
  'quality',
  'customProperties',
  'physicalName',
  // What ODCS has for people to read; nothing here depends on it.
  'id',
  'businessName',
  'authoritativeDefinitions',
  'tags',
  'classification',
  'encryptedName',
  'transformSourceObjects',
  'transformLogic',
  'transformDescription',
  'examples',
  'criticalDataElement',
  'relationships',
] as const;

const customNames = ['source', 'format', 'derived'] as const;

/** Membership in the key or in the partitioning, with the position if one is given. */
export type Membership = { readonly position: number | undefined; readonly place: Place };

/** A column as read, with the places that checks across columns point to. */
export type ColumnDraft = {
  readonly column: Column;
  readonly place: Place;
  readonly namePlace: Place;
  readonly sourcePlace: Place | undefined;
  readonly key: Membership | undefined;
  readonly partition: Membership | undefined;
  readonly rowRules: readonly RowRule[];
};

/** Reads a property of the table. Undefined if even name or type cannot be read; all mistakes are reported. */
export function readColumn(place: Place): ColumnDraft | undefined {
  const entries = place.entries(columnKeys, asCustomProperty(customNames));
  const namePlace = entries.require('name', 'Name the column.');
  const name = namePlace && readName(namePlace);
  const logicalPlace = entries.require('logicalType', 'Give the column a type.');
  const logical = readLogicalType(logicalPlace);
  const custom = readCustomProperties(entries.get('customProperties'), customNames);
  const quality = readQuality(entries.get('quality'), 'column');
  const required = entries.get('required')?.boolean() ?? false;
  const unique = entries.get('unique')?.boolean() ?? false;
  const description = entries.get('description')?.string() ?? '';
  const key = readMembership(entries.get('primaryKey'), entries.get('primaryKeyPosition'));
  const partition = readMembership(entries.get('partitioned'), entries.get('partitionKeyPosition'));
  const physicalName = entries.get('physicalName');
  if (physicalName !== undefined && name !== undefined && physicalName.string() !== name) {
    physicalName.report(
      `the column's name (${name})`,
      'Remove it; name the column of the CSV by the custom property source.',
    );
  }

  const known: readonly OptionKey[] = logical === undefined ? [] : optionKeys[logical];
  const options = logical === undefined ? undefined : entries.get('logicalTypeOptions')?.entries(known);
  const type =
    logical && readColumnType(logical, place, entries.get('physicalType'), options?.get('timezone'));
  if (type === undefined) return undefined;
  const read = options && readColumnRules(options, type);
  const rules = withValueRules(read?.rules ?? {}, quality.values, type);
  const format = readFormat(type, read?.format, custom.get('format'));
  const { source, derived, sourcePlace } = readSource(custom, name ?? '');
  if (name === undefined || namePlace === undefined) return undefined;
  return {
    column: {
      name,
      source,
      ...(derived ? { derived: true as const } : {}),
      type,
      required,
      unique,
      description,
      format,
      rules,
    },
    place,
    namePlace,
    sourcePlace,
    key,
    partition,
    rowRules: quality.rowRules,
  };
}

function readName(place: Place): string | undefined {
  const name = place.string();
  if (name === undefined) return undefined;
  if (name.startsWith('_')) {
    place.report(
      'a name that does not begin with _',
      'Those belong to Tidegate (_upload_id, _row) and BigQuery.',
    );
    return undefined;
  }
  if (!/^[A-Za-z][A-Za-z0-9_]{0,127}$/.test(name)) {
    place.report(
      'a name of at most 128 letters, digits and _ that begins with a letter',
      "Write it so and put the CSV's own name into the custom property source.",
    );
    return undefined;
  }
  return name;
}

function readMembership(flag: Place | undefined, positionPlace: Place | undefined): Membership | undefined {
  const member = flag?.boolean() ?? false;
  const position = positionPlace?.number(
    'a position from 1 on (or -1 for none)',
    (value) => Number.isSafeInteger(value) && (value >= 1 || value === -1),
    'Number the columns from 1.',
  );
  const given = position === -1 ? undefined : position;
  if (!member && given !== undefined) {
    positionPlace?.report(
      'no position',
      'Only columns of the key (primaryKey) or of the partitioning (partitioned) have one.',
    );
  }
  return member && flag !== undefined ? { position: given, place: positionPlace ?? flag } : undefined;
}

function readFormat(type: ColumnType, option: Place | undefined, custom: Place | undefined): string | null {
  if (
    type.kind !== 'date' &&
    type.kind !== 'time' &&
    type.kind !== 'timestamp' &&
    type.kind !== 'timestamp_ntz'
  ) {
    custom?.report('no format', `Only dates and times are read by one; this column is ${type.kind}.`);
    return null;
  }
  const kind = type.kind;
  const formats = [option, custom].map((place) => place && readDatetimeFormat(place, kind));
  if (formats[0] !== undefined && formats[1] !== undefined && formats[0] !== formats[1]) {
    custom?.report(`what logicalTypeOptions.format says (${formats[0]})`, 'Remove one of the two.');
  }
  return formats[0] ?? formats[1] ?? null;
}

function readSource(
  custom: ReadonlyMap<'source' | 'format' | 'derived', Place>,
  name: string,
): { source: string; derived: boolean; sourcePlace: Place | undefined } {
  const sourcePlace = custom.get('source');
  const source = sourcePlace?.string();
  if (source === '')
    sourcePlace?.report("the column's name in the CSV", 'Give the name, or remove the property.');
  const derived = custom.get('derived')?.boolean() ?? false;
  if (derived && sourcePlace !== undefined) {
    sourcePlace.report(
      'no source for a derived column',
      'It comes from transform.sql: remove one of the two.',
    );
  }
  return { source: source === undefined || source === '' ? name : source, derived, sourcePlace };
}

function withValueRules(
  rules: Column['rules'],
  valueRules: readonly ValueRules[],
  type: ColumnType,
): Column['rules'] {
  const all = { ...rules };
  for (const { enumeration, pattern, place } of valueRules) {
    if (pattern !== undefined) {
      if (type.kind !== 'string')
        place.report('a column of text', 'Only text has a pattern.', `one of ${type.kind}`);
      if (all.pattern !== undefined)
        place.report('one pattern', 'Join the two, or remove one.', 'a second one');
      all.pattern = pattern;
    }
    if (enumeration === undefined) continue;
    if (all.enumeration !== undefined) {
      place.report('one list of valid values', 'Join the two, or remove one.', 'a second one');
    }
    const values = enumeration.flatMap((value) => readValue(value, type) ?? []);
    const repeated = enumeration[values.findIndex((value, index) => values.indexOf(value) < index)];
    repeated?.report('every value once', 'Remove it.', `${repeated.describe()} again`);
    if (values.length > 0) all.enumeration = values;
  }
  return all;
}

function readValue(value: Place, type: ColumnType): string | undefined {
  if (type.kind === 'string') return value.string();
  if (type.kind === 'integer') {
    const text = value.decimalText();
    if (text?.includes('.')) value.report('a whole number', 'The column is an integer.');
    return text;
  }
  value.report('a column of text or integers', 'Bound other types by minimum and maximum, or by a row rule.');
  return undefined;
}
