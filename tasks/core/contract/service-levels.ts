import { secondsOf, unitRemedy } from './duration.ts';
import { nearestName } from './nearest-name.ts';
import type { Entries, Place } from './place.ts';

/** Promised where a contract promises nothing. */
export const defaultLatencySeconds = 3_600;
const itemKeys = [
  'id',
  'property',
  'value',
  'unit',
  'valueExt',
  'element',
  'driver',
  'description',
  'scheduler',
  'schedule',
] as const;

export type ServiceLevels = {
  readonly latencySeconds: number;
  readonly frequencySeconds: number | undefined;
};

/** Reads latency and frequency out of `slaProperties`; other properties of ODCS are for people to read. */
export function readServiceLevels(list: Place | undefined): ServiceLevels {
  const seconds = new Map<string, number>();
  for (const item of list?.items() ?? []) {
    const entries = item.entries(itemKeys);
    const propertyPlace = entries.require('property', 'Name it: latency or frequency.');
    const property = propertyPlace?.string();
    if (propertyPlace === undefined || property === undefined) continue;
    if (property !== 'latency' && property !== 'frequency') {
      const nearest = nearestName(property, ['latency', 'frequency']);
      if (nearest !== undefined) propertyPlace.report(nearest, `Did you mean ${nearest}?`);
      continue;
    }
    if (seconds.has(property)) propertyPlace.report(`${property} once`, 'Remove one of the two.', 'it again');
    seconds.set(property, readDuration(entries));
  }
  return {
    latencySeconds: seconds.get('latency') ?? defaultLatencySeconds,
    frequencySeconds: seconds.get('frequency'),
  };
}

function readDuration(entries: Entries<(typeof itemKeys)[number]>): number {
  const value = entries
    .require('value', 'Give the duration.')
    ?.number('a number above 0', (number) => number > 0 && Number.isFinite(number), 'Give the duration.');
  const unitPlace = entries.require('unit', unitRemedy);
  const unit = unitPlace?.string();
  const factor = unit === undefined ? undefined : secondsOf(unit);
  if (unit !== undefined && factor === undefined) unitPlace?.report('a unit of time', unitRemedy);
  return (value ?? 1) * (factor ?? 1);
}
