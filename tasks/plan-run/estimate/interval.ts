/** An estimated figure, and the bounds that hold the true one with 90% confidence. */
export interface Interval {
  value: number;
  low: number;
  high: number;
}

/** Standard errors to either side of a normal estimate that hold 90% of the truth. */
export const Z90 = 1.645;

/** Ends of records that text has on average, and at most, in which none was seen (Poisson's law). */
export const UNSEEN_RECORDS = { value: 0.5, high: 3 };

export const exactly = (value: number): Interval => ({ value, low: value, high: value });

/** The sum of figures whose errors have nothing to do with each other. */
export function sumOf(intervals: readonly Interval[]): Interval {
  const value = total(intervals.map((interval) => interval.value));
  const below = Math.hypot(...intervals.map((interval) => interval.value - interval.low));
  const above = Math.hypot(...intervals.map((interval) => interval.high - interval.value));
  return { value, low: value - below, high: value + above };
}

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
