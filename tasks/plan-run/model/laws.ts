import { dot, solveLowerRows } from './linear-algebra.ts';

/**
 * Laws of a job's time: part of it is fixed, and the rest goes with its input for each slot. They differ by the share that is
 * fixed at the usual input for each slot. The first is what is expected before any run is known.
 */
export interface Laws {
  shares: readonly number[];
  /** How likely each is before any run is known. */
  likelihoods: readonly number[];
}

/** So many deviations the ratio of the fixed part to the rest is off, by the laws (a normal distribution). */
const SHIFTS = [0, -0.8, 0.8, -1.6, 1.6, -2.4, 2.4];

/**
 * Laws around the share that is expected to be fixed.
 * @param deviation of the logarithm of the ratio of the fixed part to the rest.
 */
export function lawsOf(fixedShare: number, deviation: number): Laws {
  const odds = SHIFTS.map((shift) => Math.exp(-(shift ** 2) / 2));
  const sum = odds.reduce((one, other) => one + other, 0);
  return {
    shares: SHIFTS.map((shift) => fixedShare / (fixedShare + (1 - fixedShare) * Math.exp(shift * deviation))),
    likelihoods: odds.map((one) => one / sum),
  };
}

/**
 * Logarithms of how much longer than usual a job takes that has so many times the usual input for each slot: what is expected,
 * and how far each law departs from it.
 */
export function lawsAt(
  { shares }: Laws,
  relativeLoad: number,
): { expected: number; departures: Float64Array } {
  const times = Float64Array.from(shares, (fixed) => Math.log(fixed + (1 - fixed) * relativeLoad));
  const expected = times[0] as number;
  return { expected, departures: times.map((time) => time - expected) };
}

/** The law at a quantile of them all, by how likely they are before any run is known. */
export function lawAt({ likelihoods }: Laws, quantile: number): number {
  let below = 0;
  return Math.max(
    0,
    likelihoods.findIndex((likelihood) => {
      below += likelihood;
      return quantile < below;
    }),
  );
}

/** What runs say of the laws. */
export interface Verdict {
  /** How likely each law is by now. */
  odds: Float64Array;
  /** What each law leaves of the targets, solved by the covariance's factor: a row for each. */
  left: Float64Array;
  /** The logarithm of how likely the targets are, but for what depends on the factor alone. */
  likelihood: number;
}

/**
 * Judges the laws by targets (logarithms, less what is expected) with that factor of their covariance.
 * @param departures of each target under each law: a row for each law.
 */
export function judgeLaws(
  { likelihoods }: Laws,
  factor: Float64Array,
  size: number,
  targets: Float64Array,
  departures: Float64Array,
): Verdict {
  const left = solveLowerRows(
    factor,
    size,
    departures.map((departure, at) => (targets[at % size] as number) - departure),
  );
  const odds = Float64Array.from(likelihoods, (likelihood, law) => {
    const row = rowOf(left, law, size);
    return Math.log(likelihood) - dot(row, row) / 2;
  });
  const most = Math.max(...odds);
  let sum = 0;
  for (let law = 0; law < odds.length; law += 1) {
    odds[law] = Math.exp((odds[law] as number) - most);
    sum += odds[law] as number;
  }
  return { odds: odds.map((one) => one / sum), left, likelihood: most + Math.log(sum) };
}

/** What the laws leave of the targets on average, by their odds. */
export function meanLeft({ odds, left }: Verdict, size: number): Float64Array {
  return Float64Array.from({ length: size }, (_, at) =>
    odds.reduce((sum, one, law) => sum + one * (left[law * size + at] as number), 0),
  );
}

/**
 * What is to be added to the expected logarithm somewhere: the mean over the laws, and how far they are apart (a variance).
 * @param explained the covariance with the targets, solved by the factor.
 */
export function additionAt(
  { odds, left }: Verdict,
  departures: Float64Array,
  explained: Float64Array,
): { mean: number; variance: number } {
  const size = explained.length;
  let mean = 0;
  let square = 0;
  for (let law = 0; law < odds.length; law += 1) {
    const weight = odds[law] as number;
    if (weight < NEGLIGIBLE) continue;
    const value = (departures[law] as number) + dot(explained, rowOf(left, law, size));
    mean += weight * value;
    square += weight * value * value;
  }
  return { mean, variance: Math.max(0, square - mean * mean) };
}

const NEGLIGIBLE = 1e-6;

const rowOf = (rows: Float64Array, row: number, size: number): Float64Array =>
  rows.subarray(row * size, (row + 1) * size);
