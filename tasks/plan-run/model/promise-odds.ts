import type { Situation } from './encode.ts';
import { cholesky } from './linear-algebra.ts';
import type { RuntimeModel } from './runtime-model.ts';
import { randomOf } from './seeded-random.ts';

const DRAWS = 96;
/** A promise leaves the fastest so much more time than it needs, as a logarithm, on average. */
const USUAL_ROOM = 1.5;
const ROOM_STEP = 0.06;
const MOST_ROOM = 3;

/**
 * For each situation the odds that its time is within the promise, when no run is known. How long the job takes is open
 * by a factor of several then, but a promise is made to be kept: the fastest situation will be within it. What remains
 * open is how much slower than the fastest each of them is, and how much room the promise leaves.
 */
export function promiseOdds(
  model: RuntimeModel,
  situations: readonly Situation[],
  promiseSeconds: number,
): Float64Array {
  const size = situations.length;
  const { means, covariance, levelDeviation } = model.priorCovariance(situations);
  const factor = cholesky(covariance, size);
  const random = randomOf(1);
  const odds = new Float64Array(size);
  const promise = Math.log(promiseSeconds);
  let total = 0;
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
      const likely = Math.exp(-room / USUAL_ROOM - ((promise - room - fastest) / levelDeviation) ** 2 / 2);
      total += likely;
      for (let index = 0; index < size; index += 1) {
        if ((times[index] as number) - fastest <= room) odds[index] = (odds[index] as number) + likely;
      }
    }
  }
  return total > 0 ? odds.map((value) => value / total) : odds;
}
