import { dot, solveLowerRows } from './linear-algebra.ts';

/**
 * A law says that part of a job's time is fixed and the rest goes with its input for each slot. The fixed parts that it may
 * have, as shares at the usual input for each slot, and how likely each is before any run is known.
 */
const FIXED_SHARES = [0.02, 0.06, 0.12, 0.25, 0.45, 0.7, 0.9];
export const LIKELIHOODS = [0.13, 0.17, 0.2, 0.2, 0.15, 0.1, 0.05];
export const LAWS = FIXED_SHARES.length;

/**
 * Logarithms of how much longer than usual a job takes that has so many times the usual input for each slot: the mean of all
 * laws, and how far each departs from it.
 */
export function lawsAt(relativeLoad: number): { mean: number; departures: Float64Array } {
  const departures = Float64Array.from(FIXED_SHARES, (fixed) => Math.log(fixed + (1 - fixed) * relativeLoad));
  let mean = 0;
  for (let law = 0; law < LAWS; law += 1) {
    mean += (departures[law] as number) * (LIKELIHOODS[law] as number);
  }
  return { mean, departures: departures.map((one) => one - mean) };
}

/** The law at a quantile of them all, by how likely they are before any run is known. */
export function lawAt(quantile: number): number {
  let below = 0;
  return Math.max(
    0,
    LIKELIHOODS.findIndex((likelihood) => {
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
 * Judges the laws by targets (logarithms, in which the mean law is allowed for) with that factor of their covariance.
 * @param departures of each target under each law: a row for each law.
 */
export function judgeLaws(
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
  const odds = Float64Array.from(LIKELIHOODS, (likelihood, law) => {
    const row = rowOf(left, law, size);
    return Math.log(likelihood) - dot(row, row) / 2;
  });
  const most = Math.max(...odds);
  let sum = 0;
  for (let law = 0; law < LAWS; law += 1) {
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
 * What is to be added to the mean law's logarithm somewhere: the mean over the laws, and how far they are apart (a variance).
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
  for (let law = 0; law < LAWS; law += 1) {
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
