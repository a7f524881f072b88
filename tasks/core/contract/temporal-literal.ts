export type TemporalKind = 'date' | 'timestamp' | 'timestamp_ntz' | 'time';

/** How a literal of the kind is written, for messages. */
export const literalForms: Record<TemporalKind, string> = {
  date: 'a date such as "2013-01-31"',
  timestamp: 'an instant with its zone such as "2013-01-31T10:00:00Z"',
  timestamp_ntz: 'a date and time without a zone such as "2013-01-31T10:00:00"',
  time: 'a time of day such as "10:00:00"',
};

const timeForm = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,6}))?)?$/;

/**
 * The canonical text of an ISO 8601 literal: an instant in UTC with a final Z, fractions without trailing zeros, at
 * most microseconds. Undefined if it is none, or names a day that does not exist. Canonical texts of one kind compare
 * as their values do once the Z is off.
 */
export function canonicalTemporal(kind: TemporalKind, text: string): string | undefined {
  if (kind === 'date') return canonicalDate(text);
  if (kind === 'time') return canonicalTime(text);
  const parts = /^(\d{4}-\d\d-\d\d)[T ]([\d:.]+)(Z|[-+]\d\d:\d\d)?$/.exec(text);
  if (parts === null) return undefined;
  const [, dateText = '', timeText = '', zone] = parts;
  const date = canonicalDate(dateText);
  const time = canonicalTime(timeText);
  if (date === undefined || time === undefined) return undefined;
  if (kind === 'timestamp_ntz') return zone === undefined ? `${date}T${time}` : undefined;
  if (zone === undefined) return undefined;
  const [wholeSeconds = '', fraction] = time.split('.');
  const instant = new Date(`${date}T${wholeSeconds}${zone}`);
  if (Number.isNaN(instant.getTime())) return undefined;
  const [utcDate = '', utcTime] = instant.toISOString().replace('.000Z', '').split('T');
  // In UTC it may fall before the year 1 or after 9999.
  if (canonicalDate(utcDate) === undefined) return undefined;
  return `${utcDate}T${utcTime}${fraction === undefined ? '' : `.${fraction}`}Z`;
}

function canonicalDate(text: string): string | undefined {
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || text.startsWith('0000')) return undefined;
  const day = new Date(`${text}T00:00:00Z`);
  // JavaScript reads 30 February as 2 March.
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text) ? text : undefined;
}

function canonicalTime(text: string): string | undefined {
  const parts = timeForm.exec(text);
  if (parts === null) return undefined;
  const [, hours, minutes, seconds = '00', fraction = ''] = parts;
  const digits = fraction.replace(/0+$/, '');
  return `${hours}:${minutes}:${seconds}${digits === '' ? '' : `.${digits}`}`;
}
