import { commonOf, covariancesFrom, type Scales } from './kernel.ts';
import { judgeLaws, type Law, likelyLaws, type Verdict } from './laws.ts';
import { cholesky } from './linear-algebra.ts';
import { departuresOf, type Point } from './points.ts';
import type { Prior } from './prior.ts';
import { spreadPlaces } from './spread-places.ts';

const USUAL_SCALES: Omit<Scales, 'shortage'> = {
  slope: 0.5,
  type: 0.1,
  input: 0.08,
  machine: 0.05,
  joint: 0.08,
  noise: 0.035,
};
/** How far the scales may go from the usual ones (standard deviation of the logarithm), and the steps to get there. */
const FREEDOM = 0.8;
const STEPS = [2, 1.35];
/** No scale is so many times the usual one: outliers would be laid on the first that is tuned, not on the noise. */
const MOST = 10;
/** Nor is the noise less than such a part of it: runs that are told twice would drive it to nothing. */
const LEAST_NOISE = 0.5;
/** Fewer runs than these tell of nothing but the noise, and of none of them that it is the odd one. */
export const ENOUGH_RUNS = 5;
/** So many runs tell the scales as well as all do. */
const RUNS = 36;

/** The scales under which a sample of the runs is likeliest, each held near the usual one. */
export function tunedScales(
  points: readonly Point[],
  targets: Float64Array,
  laws: readonly Law[],
  { deviation, shortage }: Pick<Prior, 'deviation' | 'shortage'>,
): Scales {
  const usual: Scales = { ...USUAL_SCALES, shortage };
  if (points.length < 2) return usual;
  const chosen = spreadPlaces(points.length, RUNS);
  const some = chosen.map((at) => points[at] as Point);
  const known = Float64Array.from(chosen, (at) => targets[at] as number);
  const size = chosen.length;
  const common = commonOf(some);
  const matrix = new Float64Array(size * size);
  const all: { laws: readonly Law[]; departures: Float64Array } = { laws, departures: departuresOf(some) };
  const judged = (scales: Scales, by: typeof all): Verdict => {
    covariancesFrom(common, size, scales, deviation, matrix);
    for (let at = 0; at < size; at += 1) {
      matrix[at * (size + 1)] = (matrix[at * (size + 1)] as number) + scales.noise ** 2;
    }
    cholesky(matrix, size);
    return judgeLaws(by.laws, matrix, size, known, by.departures);
  };
  const likely = likelyLaws(laws, all.departures, judged(usual, all).odds);
  const goodness = (scales: Scales): number => {
    let { likelihood } = judged(scales, likely);
    for (let at = 0; at < size; at += 1) likelihood -= Math.log(matrix[at * (size + 1)] as number);
    return TUNABLE.reduce(
      (sum, name) => sum - (Math.log(scales[name] / usual[name]) / FREEDOM) ** 2 / 2,
      likelihood,
    );
  };
  const tunable = points.length < ENOUGH_RUNS ? (['noise'] as const) : TUNABLE;
  let best = usual;
  let value = goodness(best);
  for (const step of STEPS) {
    for (const name of tunable) {
      let moved = false;
      for (const factor of [step, 1 / step]) {
        if (moved) break;
        for (let better = true; better; ) {
          const tried = { ...best, [name]: best[name] * factor };
          const reached = goodness(tried);
          better =
            reached > value && tried[name] <= MOST * usual[name] && tried.noise >= LEAST_NOISE * usual.noise;
          if (better) [best, value, moved] = [tried, reached, true];
        }
      }
    }
  }
  return best;
}

const TUNABLE: (keyof Scales)[] = ['slope', 'type', 'shortage', 'input', 'machine', 'joint', 'noise'];
