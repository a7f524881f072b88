import type { ColumnType } from '../contract.ts';
import { oneOf, type Place } from './place.ts';

const logicalTypes = ['string', 'integer', 'number', 'boolean', 'date', 'timestamp', 'time'] as const;
export type LogicalType = (typeof logicalTypes)[number];

/** Names of a physical type that say no more than the logical type does. */
const physicalSynonyms: Record<Exclude<LogicalType, 'number' | 'timestamp'>, readonly string[]> = {
  string: ['string', 'text'],
  integer: ['integer', 'int64', 'bigint', 'long'],
  boolean: ['boolean', 'bool'],
  date: ['date'],
  time: ['time'],
};

/** The logical type of ODCS, if it is one of a table's column. */
export function readLogicalType(place: Place | undefined): LogicalType | undefined {
  if (place === undefined) return undefined;
  const isNested = place.isString && ['array', 'object'].includes(place.string() ?? '');
  if (!isNested) return place.choice(logicalTypes);
  place.report(
    `a type of single values (${logicalTypes.join(', ')})`,
    'Flatten it into columns before the upload, or keep its text in a string column.',
  );
  return undefined;
}

/**
 * The column's type from its logical type, its physical type where that says more, and for timestamps whether the
 * text has a zone (`logicalTypeOptions.timezone`). Reports what does not fit.
 */
export function readColumnType(
  logical: LogicalType,
  column: Place,
  physical: Place | undefined,
  timezone: Place | undefined,
): ColumnType | undefined {
  if (logical === 'number') return readNumberType(column, physical);
  const text = physical?.string()?.trim().toLowerCase();
  if (logical === 'timestamp') return readTimestampType(physical, text, timezone);
  if (physical !== undefined && text !== undefined && !physicalSynonyms[logical].includes(text)) {
    physical.report(
      `${oneOf(physicalSynonyms[logical])}, or no physicalType`,
      logical === 'string'
        ? 'Leave it out; bound the length by logicalTypeOptions.maxLength.'
        : 'Leave it out, or choose the logicalType that fits.',
    );
  }
  if (logical === 'time' && timezone?.boolean() === true) {
    timezone.report('no zone for a time of day', 'Remove it, or make the column a timestamp.');
  }
  return { kind: logical };
}

function readNumberType(column: Place, physical: Place | undefined): ColumnType | undefined {
  const remedy = 'Write decimal(p,s) for exact numbers such as money, double for measured ones.';
  if (physical === undefined) {
    column.report('a physicalType for a number', remedy, 'none');
    return undefined;
  }
  const text = physical.string()?.trim().toLowerCase();
  if (text === undefined) return undefined;
  if (text === 'double' || text === 'float64') return { kind: 'double' };
  const parts = /^(?:decimal|numeric)\s*\(\s*(\d{1,3})\s*(?:,\s*(\d{1,3})\s*)?\)$/.exec(text);
  if (parts === null) {
    physical.report('decimal(p,s) or double', remedy);
    return undefined;
  }
  const [precision, scale] = [Number(parts[1]), Number(parts[2] ?? 0)];
  if (precision < 1 || precision > 38 || scale > precision) {
    physical.report(
      'a precision of 1 to 38 and a scale of at most the precision',
      'Iceberg holds 38 digits; wider values must stay text.',
    );
    // The widest there is, so that mistakes in the bounds are told, too.
    return { kind: 'decimal', precision: 38, scale: Math.min(scale, 38) };
  }
  return { kind: 'decimal', precision, scale };
}

function readTimestampType(
  physical: Place | undefined,
  text: string | undefined,
  timezone: Place | undefined,
): ColumnType | undefined {
  const withZone = ['timestamp', 'timestamptz', 'timestamp_tz'];
  const withoutZone = ['timestamp_ntz', 'datetime'];
  const physicalKind =
    text === undefined || text === 'timestamp'
      ? undefined
      : withZone.includes(text)
        ? 'timestamp'
        : withoutZone.includes(text)
          ? 'timestamp_ntz'
          : 'unknown';
  if (physicalKind === 'unknown') {
    physical?.report(oneOf([...withZone, ...withoutZone]), 'timestamp_ntz has no zone, the others do.');
    return undefined;
  }
  const hasZone = timezone?.boolean();
  const optionKind = hasZone === undefined ? undefined : hasZone ? 'timestamp' : 'timestamp_ntz';
  if (physicalKind !== undefined && optionKind !== undefined && physicalKind !== optionKind) {
    timezone?.report(
      `what physicalType says (${text})`,
      'Let the two agree, or remove one of them: timezone: false is a time without a zone.',
    );
  }
  return { kind: physicalKind ?? optionKind ?? 'timestamp' };
}
