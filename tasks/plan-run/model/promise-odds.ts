import type { Situation } from './encode.ts';
import { lawAt } from './laws.ts';
import { cholesky } from './linear-algebra.ts';
import type { Prediction, RuntimeModel } from './runtime-model.ts';
import { randomOf } from './seeded-random.ts';

const DRAWS = 400;
/** A promise leaves the fastest so much more time than it needs, as a logarithm, on average. */
const USUAL_ROOM = 1.5;
const ROOM_STEP = 0.06;
const MOST_ROOM = 3;
const ROOMS = Math.round(MOST_ROOM / ROOM_STEP);

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
  const { means, laws, departures, covariance, levelDeviation } = model.priorCovariance(situations);
  const factor = cholesky(covariance, size);
  const random = randomOf(1);
  const within = new Float64Array(size);
  const sums = new Float64Array(size);
  const squares = new Float64Array(size);
  // Farther off than any time may be, a promise tells no more.
  const [least, most] = [Math.min(...means), Math.max(...means)];
  const farthest = MOST_ROOM + 3 * levelDeviation;
  const promise = Math.min(Math.max(Math.log(promiseSeconds), least - farthest), most + farthest);
  let total = 0;
  /** How likely a room is, or one that is larger. */
  const atLeast = new Float64Array(ROOMS + 1);
  for (let draw = 0; draw < DRAWS; draw += 1) {
    const normals = Float64Array.from({ length: size }, random.normal);
    const law = lawAt(laws, (draw + 0.5) / DRAWS);
    const times = means.map((mean, row) => {
      let time = mean + (departures[law * size + row] as number);
      for (let column = 0; column <= row; column += 1) {
        time += (factor[row * size + column] as number) * (normals[column] as number);
      }
      return time;
    });
    const fastest = Math.min(...times);
    // Weights, and sums of the time that each of the rooms leaves to the fastest.
    let [weight, first, second] = [0, 0, 0];
    for (let at = ROOMS - 1; at >= 0; at -= 1) {
      const room = (at + 0.5) * ROOM_STEP;
      const time = promise - room;
      const likely = Math.exp(-room / USUAL_ROOM - ((time - fastest) / levelDeviation) ** 2 / 2);
      weight += likely;
      first += likely * time;
      second += likely * time * time;
      atLeast[at] = weight;
    }
    total += weight;
    for (let index = 0; index < size; index += 1) {
      const slower = (times[index] as number) - fastest;
      sums[index] = (sums[index] as number) + first + slower * weight;
      squares[index] = (squares[index] as number) + second + slower * (2 * first + slower * weight);
      const enough = Math.min(ROOMS, Math.ceil(slower / ROOM_STEP - 0.5));
      within[index] = (within[index] as number) + (atLeast[Math.max(0, enough)] as number);
    }
  }
  return situations.map((_, index) => {
    const logMean = (sums[index] as number) / total;
    const variance = (squares[index] as number) / total - logMean ** 2;
    return {
      logMean,
      logDeviation: Math.sqrt(Math.max(0, variance)),
      within: (within[index] as number) / total,
    };
  });
}
