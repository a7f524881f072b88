/** Seconds of a unit as ODCS writes it (`m` is a minute), or undefined. */
export function secondsOf(unit: string): number | undefined {
  return secondsByUnit.get(unit.trim().toLowerCase());
}

export const unitRemedy = 'Write s, m (minutes), h or d.';

const secondsByUnit: ReadonlyMap<string, number> = new Map([
  ...['s', 'sec', 'second', 'seconds'].map((name) => [name, 1] as const),
  ...['m', 'min', 'minute', 'minutes'].map((name) => [name, 60] as const),
  ...['h', 'hr', 'hour', 'hours'].map((name) => [name, 3_600] as const),
  ...['d', 'day', 'days'].map((name) => [name, 86_400] as const),
]);
