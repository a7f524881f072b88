import { dot, solveLowerRows } from './linear-algebra.ts';

/**
 * Laws of a job's time: part of it is fixed, and the rest goes with its input for each slot. They differ by the share that is
 * fixed at the usual input for each slot.
 */
export interface Laws {
  shares: readonly number[];
  /** How likely each is before any run is known. */
  likelihoods: readonly number[];
  /** How much of each is in what is expected then. */
  expected: readonly number[];
}

const SHARES = [0.02, 0.06, 0.12, 0.25, 0.45, 0.7, 0.9];
const LIKELIHOODS = [0.13, 0.17, 0.2, 0.2, 0.15, 0.1, 0.05];
/**
 * A fixed part and a rate that were measured may each be off: by so much their ratio may, as a logarithm, and how likely that is
 * (a normal distribution).
 */
const SHIFTS = [0, -0.7, 0.7, -1.4, 1.4, -2.1, 2.1, -2.8, 2.8];
const SHIFT_DEVIATION = 1.2;

/** Laws for jobs of which nothing is known, or around the fixed share that was measured of their kind. */
export function lawsOf(measuredShare?: number): Laws {
  if (measuredShare === undefined) {
    return { shares: SHARES, likelihoods: LIKELIHOODS, expected: LIKELIHOODS };
  }
  const odds = SHIFTS.map((shift) => Math.exp(-((shift / SHIFT_DEVIATION) ** 2) / 2));
  const sum = odds.reduce((one, other) => one + other, 0);
  return {
    shares: SHIFTS.map((shift) => measuredShare / (measuredShare + (1 - measuredShare) * Math.exp(shift))),
    likelihoods: odds.map((one) => one / sum),
    expected: SHIFTS.map((shift) => (shift === 0 ? 1 : 0)),
  };
}

/**
 * Logarithms of how much longer than usual a job takes that has so many times the usual input for each slot: what is expected,
 * and how far each law departs from it.
 */
export function lawsAt(
  { shares, expected }: Laws,
  relativeLoad: number,
): { expected: number; departures: Float64Array } {
  const times = Float64Array.from(shares, (fixed) => Math.log(fixed + (1 - fixed) * relativeLoad));
  const mean = times.reduce((sum, time, law) => sum + time * (expected[law] as number), 0);
  return { expected: mean, departures: times.map((time) => time - mean) };
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
