import { dot, solveLowerRows } from './linear-algebra.ts';

/**
 * Laws of a job's time: part of it is fixed, and the rest goes with its input for each slot. They differ by the share that is
 * fixed at the usual input for each slot, and in whether all machines do the work. The first is what is expected before any run
 * is known.
 */
export interface Laws {
  shares: readonly number[];
  /** Whether the driver has a machine to itself: where it fills one of the places that YARN makes for executors. */
  driverApart: readonly boolean[];
  /** How likely each is before any run is known. */
  likelihoods: readonly number[];
}

/** So many deviations the ratio of the fixed part to the rest is off, by the laws (a normal distribution). */
const SHIFTS = [0, -1, 1, -2, 2];

/**
 * Laws around the share that is expected to be fixed.
 * @param deviation of the logarithm of the ratio of the fixed part to the rest.
 * @param driverMayBeApart whether it is as likely as not that the driver has a machine to itself, or is known that it has none.
 */
export function lawsOf(fixedShare: number, deviation: number, driverMayBeApart: boolean): Laws {
  const all = (driverMayBeApart ? [false, true] : [false]).flatMap((driverApart) =>
    SHIFTS.map((shift) => ({ driverApart, shift, odds: Math.exp(-(shift ** 2) / 2) })),
  );
  const sum = all.reduce((total, { odds }) => total + odds, 0);
  return {
    shares: all.map(
      ({ shift }) => fixedShare / (fixedShare + (1 - fixedShare) * Math.exp(shift * deviation)),
    ),
    driverApart: all.map(({ driverApart }) => driverApart),
    likelihoods: all.map(({ odds }) => odds / sum),
  };
}

/**
 * Logarithms of how much longer than usual a job takes that has so many times the usual input for each slot: what is expected,
 * and how far each law departs from it.
 * @param besideDriver the same for each slot of those machines that are left where the driver has one to itself.
 */
export function lawsAt(
  { shares, driverApart }: Laws,
  relativeLoad: number,
  besideDriver: number,
): { expected: number; departures: Float64Array } {
  const departures = new Float64Array(shares.length);
  let expected = 0;
  for (let law = 0; law < shares.length; law += 1) {
    const fixed = shares[law] as number;
    const time = Math.log(fixed + (1 - fixed) * (driverApart[law] ? besideDriver : relativeLoad));
    if (law === 0) expected = time;
    departures[law] = time - expected;
  }
  return { expected, departures };
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

/** How likely each of the shares is, of the laws under which all machines do the work: these are the first. */
export function likelihoodsOfShares({ likelihoods }: Laws): Float64Array {
  const first = Float64Array.from(likelihoods.slice(0, SHIFTS.length));
  const sum = first.reduce((one, other) => one + other, 0);
  return first.map((one) => one / sum);
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
  const left = new Float64Array(departures.length);
  for (let from = 0; from < left.length; from += size) {
    for (let at = 0; at < size; at += 1) {
      left[from + at] = (targets[at] as number) - (departures[from + at] as number);
    }
  }
  solveLowerRows(factor, size, left);
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

/** Odds of a law that is as good as refuted. */
const REFUTED = 1e-3;

/** Those laws that are not as good as refuted, with their rows of the departures. */
export function likelyLaws(
  laws: Laws,
  departures: Float64Array,
  odds: Float64Array,
): { laws: Laws; departures: Float64Array } {
  const size = departures.length / odds.length;
  const likely = [...odds.keys()].filter((law) => (odds[law] as number) > REFUTED);
  const among = <T>(values: readonly T[]): T[] => likely.map((law) => values[law] as T);
  const rows = new Float64Array(likely.length * size);
  likely.forEach((law, at) => {
    rows.set(rowOf(departures, law, size), at * size);
  });
  return {
    laws: {
      shares: among(laws.shares),
      driverApart: among(laws.driverApart),
      likelihoods: among(laws.likelihoods),
    },
    departures: rows,
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
