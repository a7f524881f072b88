import type { Situation } from './encode.ts';
import { cholesky } from './linear-algebra.ts';
import type { Prediction, RuntimeModel } from './runtime-model.ts';
import { randomOf } from './seeded-random.ts';

const DRAWS = 96;
/** A promise leaves the fastest so much more time than it needs, as a logarithm, on average. */
const USUAL_ROOM = 1.5;
const ROOM_STEP = 0.06;
const MOST_ROOM = 3;
/** Choosing leans on the prior's level, to the careful side; a time that is told must allow for it being so much further off. */
const LEVEL_FURTHER = 1.2;

export interface Odds extends Prediction {
  /** That the time is within the promise. */
  within: number;
}

/**
 * For each situation its time and the odds that it is within the promise, when no run is known. How long the job takes is
 * open by a factor of several then, but a promise is made to be kept: the fastest situation will be within it. What
 * remains open is how much slower than the fastest each of them is, and how much room the promise leaves.
 */
export function promiseOdds(
  model: RuntimeModel,
  situations: readonly Situation[],
  promiseSeconds: number,
): Odds[] {
  const size = situations.length;
  const { means, covariance, levelDeviation } = model.priorCovariance(situations);
  const factor = cholesky(covariance, size);
  const random = randomOf(1);
  const within = new Float64Array(size);
  const sums = new Float64Array(size);
  const squares = new Float64Array(size);
  const promise = Math.log(promiseSeconds);
  let total = 0;
  let toldTotal = 0;
  for (let draw = 0; draw < DRAWS; draw += 1) {
    const normals = Float64Array.from({ length: size }, random.normal);
    const times = means.map((mean, row) => {
      let time = mean;
      for (let column = 0; column <= row; column += 1) {
        time += (factor[row * size + column] as number) * (normals[column] as number);
      }
      return time;
    });
    const fastest = Math.min(...times);
    for (let room = ROOM_STEP / 2; room < MOST_ROOM; room += ROOM_STEP) {
      const off = ((promise - room - fastest) / levelDeviation) ** 2 / 2;
      const likely = Math.exp(-room / USUAL_ROOM - off);
      const told = Math.exp(-room / USUAL_ROOM - off / LEVEL_FURTHER ** 2);
      total += likely;
      toldTotal += told;
      for (let index = 0; index < size; index += 1) {
        const slower = (times[index] as number) - fastest;
        const time = promise - room + slower;
        sums[index] = (sums[index] as number) + told * time;
        squares[index] = (squares[index] as number) + told * time * time;
        if (slower <= room) within[index] = (within[index] as number) + likely;
      }
    }
  }
  return situations.map((_, index) => {
    const logMean = (sums[index] as number) / toldTotal;
    const variance = (squares[index] as number) / toldTotal - logMean ** 2;
    return {
      logMean,
      logDeviation: Math.sqrt(Math.max(0, variance)),
      within: (within[index] as number) / total,
    };
  });
}
