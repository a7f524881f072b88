import { dot, solveLowerRows } from './linear-algebra.ts';

/**
 * A law of a job's time: part of it is fixed, and the rest goes with its input for each slot. Laws differ by the share that is
 * fixed at the usual input for each slot, and in whether all machines do the work.
 */
export interface Law {
  fixedShare: number;
  /** Whether the driver has a machine to itself: where it fills one of the places that YARN makes for executors. */
  driverApart: boolean;
  /** How likely it is, among the others, before any run is known. */
  likelihood: number;
}

/** So many deviations the ratio of the fixed part to the rest is off, by the laws (a normal distribution). */
const SHIFTS = [0, -1, 1, -2, 2];

/**
 * Laws around the share that is expected to be fixed; the first is what is expected before any run is known.
 * @param deviation of the logarithm of the ratio of the fixed part to the rest.
 * @param driverApart how likely it is that the driver has a machine to itself.
 */
export function lawsOf(fixedShare: number, deviation: number, driverApart: number): Law[] {
  const shifted = SHIFTS.map((shift) => ({
    fixedShare: fixedShare / (fixedShare + (1 - fixedShare) * Math.exp(shift * deviation)),
    odds: Math.exp(-(shift ** 2) / 2),
  }));
  const sum = shifted.reduce((total, { odds }) => total + odds, 0);
  const among = (apart: boolean, likelihood: number): Law[] =>
    shifted.map((law) => ({
      fixedShare: law.fixedShare,
      driverApart: apart,
      likelihood: (likelihood * law.odds) / sum,
    }));
  return [...among(false, 1 - driverApart), ...among(true, driverApart)].filter(
    ({ likelihood }) => likelihood > 0,
  );
}

/**
 * Logarithms of how much longer than usual a job takes that has so many times the usual input for each slot: what is expected,
 * and how far each law departs from it.
 * @param besideDriver the same for each slot of those machines that are left where the driver has one to itself.
 */
export function lawsAt(
  laws: readonly Law[],
  relativeLoad: number,
  besideDriver: number,
): { expected: number; departures: Float64Array } {
  const departures = new Float64Array(laws.length);
  let expected = 0;
  for (let law = 0; law < laws.length; law += 1) {
    const { fixedShare, driverApart } = laws[law] as Law;
    const time = Math.log(fixedShare + (1 - fixedShare) * (driverApart ? besideDriver : relativeLoad));
    if (law === 0) expected = time;
    departures[law] = time - expected;
  }
  return { expected, departures };
}

/** The place of the law at a quantile of them all, by how likely they are before any run is known. */
export function lawAt(laws: readonly Law[], quantile: number): number {
  let below = 0;
  return Math.max(
    0,
    laws.findIndex(({ likelihood }) => {
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
  laws: readonly Law[],
  factor: Float64Array,
  size: number,
  targets: Float64Array,
  departures: Float64Array,
): Verdict {
  const left = new Float64Array(departures.length);
  for (let from = 0; from < left.length; from += size) {
    for (let at = 0; at < size; at += 1) {
      left[from + at] = (targets[at] as number) - (departures[from + at] as number);
    }
  }
  solveLowerRows(factor, size, left);
  const odds = Float64Array.from(laws, ({ likelihood }, law) => {
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

/** Odds of a law that is as good as refuted. */
const REFUTED = 1e-3;

/** Those laws that are not as good as refuted, with their rows of the departures. */
export function likelyLaws(
  laws: readonly Law[],
  departures: Float64Array,
  odds: Float64Array,
): { laws: Law[]; departures: Float64Array } {
  const size = departures.length / laws.length;
  const isLikely = (law: number): boolean => (odds[law] as number) > REFUTED;
  return {
    laws: laws.filter((_, law) => isLikely(law)),
    departures: departures.filter((_, at) => isLikely(Math.floor(at / size))),
  };
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
