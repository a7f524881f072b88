/** ISO 8601 extended date and time with an offset, as Java's parser on AWS's side takes it. */
const form =
  /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2})(:\d{2}(?:[.]\d{1,9})?)?(?:Z|([+-])(\d{2}):(\d{2})(?::(\d{2}))?)$/;

/** The time that a timestamp names, in milliseconds since the epoch; undefined if it is none, such as 30 February. */
export function timestampMs(text: string): number | undefined {
  const match = form.exec(text);
  if (!match) return undefined;
  const [, minutes = '', seconds = ':00', sign, ...offset] = match;
  const localMs = Date.parse(`${minutes}${seconds}Z`);
  if (Number.isNaN(localMs) || !new Date(localMs).toISOString().startsWith(minutes)) return undefined;
  const [offsetHours = 0, offsetMinutes = 0, offsetSeconds = 0] = offset.map((part) => Number(part ?? 0));
  const offsetMs = ((offsetHours * 60 + offsetMinutes) * 60 + offsetSeconds) * 1_000;
  if (offsetMinutes > 59 || offsetSeconds > 59 || offsetMs > 18 * 3_600_000) return undefined;
  return sign === '-' ? localMs + offsetMs : localMs - offsetMs;
}
