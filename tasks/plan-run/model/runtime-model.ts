import { type Encoded, encode, isSize, type Situation } from './encode.ts';
import { cholesky, dot, inverseDiagonal, solveLower, solveUpper } from './linear-algebra.ts';

export interface Run extends Situation {
  runtimeSeconds: number;
}

/** A runtime's logarithm (seconds): what is expected, and its standard deviation. */
export interface Prediction {
  logMean: number;
  logDeviation: number;
}

/** What is believed before any run is known. */
export interface Prior {
  /** The expected logarithm of the seconds. */
  logMean(about: {
    situation: Situation;
    /** Logarithms: bytes of input for each slot, and what is usual of it. */
    load: number;
    usualLoad: number;
    /** How much longer than usual it takes by the law of input and slots, as a logarithm. */
    law: number;
  }): number;
  /** How far that may be off: the standard deviation of the logarithm. */
  deviation: number;
}

/**
 * Standard deviations that the prior allows. Slopes are powers: a runtime may go with the 0.1th power of the machines
 * more or less than the law says. The last five are smooth deviations from straight lines, and noise; they are tuned.
 */
const MACHINE_SLOPES = [0.12, 0.12, 0.08] as const;
const SIZE_SLOPE = 0.12;
/** More of whatever a job counts takes longer, as a rule. */
const OTHER_SLOPE = { mean: 0.25, deviation: 0.45 };
const FAMILY = 0.04;
const TUNED_SCALES = { slope: 1, input: 0.08, machine: 0.06, joint: 0.1, noise: 0.05 };
/** How far the tuned ones may go from those (standard deviation of the logarithm), and the steps to get there. */
const TUNING_FREEDOM = 0.8;
const TUNING_STEPS = [2, 1.35];
/** So many runs tell these scales as well as all do, and more than so many tell nothing more. */
const TUNING_RUNS = 70;
const MOST_RUNS = 260;

/** Distances (of logarithms) over which deviations vanish. */
const INPUT_LENGTH = 1.5;
const SLACK_LENGTH = 1.2;

/** A run so many deviations from what the others say counts less. */
const OUTLIER = 2.5;

/**
 * The law: part of a job's time is fixed, the rest goes with its input for each slot. The fixed parts that it may have,
 * as shares at the usual input for each slot, and how likely each is.
 */
const FIXED_SHARES = [0.02, 0.06, 0.12, 0.25, 0.4, 0.65];
const LIKELIHOODS = [0.15, 0.2, 0.2, 0.2, 0.15, 0.1];

type Scales = typeof TUNED_SCALES;
const TUNABLE = Object.keys(TUNED_SCALES) as (keyof Scales)[];

/** A situation with what covariances are made of. */
interface Point extends Encoded {
  /** The prior's expectation. */
  expected: number;
  /** Products of these, component by component, are the covariance of laws and machines' slopes. */
  straight: Float64Array;
  slopes: Float64Array;
}

/**
 * Learns runtimes from runs: a law of input and slots with what it leaves uncertain, and a Gaussian process over the
 * logarithms of features and machines for what departs from it. Without any run it is the prior, with two runs the law
 * through them, with hundreds what was measured.
 */
export class RuntimeModel {
  readonly #names: readonly string[];
  readonly #prior: Prior;
  readonly #center: { machine: Float64Array; input: Float64Array; load: number };
  readonly #points: readonly Point[];
  readonly #scales: Scales;
  readonly #squares: Float64Array;
  readonly #factor: Float64Array;
  readonly #weights: Float64Array;
  /** Errors are so much greater than the model believes. */
  readonly #calibration: number;

  /** @param around what will be asked for; it gives the usual input for each slot where no run does. */
  constructor(runs: readonly Run[], prior: Prior, around: readonly Situation[]) {
    const spread = Math.max(1, runs.length / MOST_RUNS);
    const known = runs.length <= MOST_RUNS ? runs : everyNth(runs, spread);
    const usual = known.length > 0 ? known : around;
    this.#names = [...new Set(usual.flatMap(({ features }) => Object.keys(features)))].sort();
    this.#prior = prior;
    this.#center = centerOf(usual.map((situation) => encode(situation, this.#names)));
    this.#points = known.map((run) => this.#pointOf(run));
    const targets = Float64Array.from(
      known,
      (run, index) => Math.log(run.runtimeSeconds) - (this.#points[index] as Point).expected,
    );
    this.#scales =
      known.length > 3 ? tuned(this.#points, targets, prior.deviation, this.#names.length) : TUNED_SCALES;
    this.#squares = squaresOf(this.#scales);
    const size = known.length;
    const covariance = covarianceMatrix(this.#points, this.#points, (a, b) => this.#covariance(a, b));
    const noise = new Float64Array(size).fill(this.#scales.noise ** 2);
    let fitted = fitTo(covariance, noise, targets);
    let calibration = 1;
    for (let pass = 0; pass < 2 && size > 4; pass += 1) {
      const precisions = inverseDiagonal(fitted.factor, size);
      let [outliers, squares] = [0, 0];
      for (let index = 0; index < size; index += 1) {
        // What the other runs say of this one (Rasmussen and Williams, "Gaussian Processes", 5.4.2).
        const precision = precisions[index] as number;
        const off = Math.abs((fitted.weights[index] as number) / Math.sqrt(precision));
        squares += Math.min(off, OUTLIER) ** 2;
        if (off <= OUTLIER) continue;
        outliers += 1;
        noise[index] = (noise[index] as number) + ((off / OUTLIER) ** 2 - 1) / precision;
      }
      calibration = Math.max(1, Math.sqrt((squares + PRIOR_RUNS) / (size + PRIOR_RUNS)));
      if (outliers === 0) break;
      fitted = fitTo(covariance, noise, targets);
    }
    this.#factor = fitted.factor;
    this.#weights = fitted.weights;
    this.#calibration = calibration;
  }

  /** So many runs it has learned from. */
  get runs(): number {
    return this.#points.length;
  }

  /** A single run's time, with its noise. */
  predict(situation: Situation): Prediction {
    const point = this.#pointOf(situation);
    const between = Float64Array.from(this.#points, (run) => this.#covariance(point, run));
    const explained = solveLower(this.#factor, this.#points.length, between);
    const variance = Math.max(0, this.#covariance(point, point) - dot(explained, explained));
    return {
      logMean: point.expected + dot(between, this.#weights),
      logDeviation: this.#calibration * Math.hypot(Math.sqrt(variance), this.#scales.noise),
    };
  }

  /** How several situations' times go together when nothing is known but the prior; without its level. */
  priorCovariance(situations: readonly Situation[]) {
    const points = situations.map((situation) => this.#pointOf(situation));
    const level = this.#prior.deviation ** 2;
    const covariance = covarianceMatrix(points, points, (a, b) => this.#covariance(a, b) - level);
    for (let index = 0; index < points.length; index += 1) {
      const at = index * (points.length + 1);
      covariance[at] = (covariance[at] as number) + this.#scales.noise ** 2;
    }
    const means = Float64Array.from(points, ({ expected }) => expected);
    return { means, covariance, levelDeviation: this.#prior.deviation };
  }

  #pointOf(situation: Situation): Point {
    const encoded = encode(situation, this.#names);
    const laws = FIXED_SHARES.map((fixed) =>
      Math.log(fixed + (1 - fixed) * Math.exp(encoded.load - this.#center.load)),
    );
    const law = laws.reduce((sum, value, index) => sum + value * (LIKELIHOODS[index] as number), 0);
    const away = (index: number): number =>
      (encoded.machine[index] as number) - (this.#center.machine[index] as number);
    const slopes = Float64Array.from(this.#names, (name, index) => {
      const deviation = isSize(name) ? SIZE_SLOPE : OTHER_SLOPE.deviation;
      return deviation * ((encoded.input[index] as number) - (this.#center.input[index] as number));
    });
    const usual = this.#names.reduce((sum, name, index) => {
      // Shares, rates and tolerances are below 1: which way they go is open.
      const counted = !isSize(name) && (this.#center.input[index] as number) > 0;
      const distance = (encoded.input[index] as number) - (this.#center.input[index] as number);
      return counted ? sum + OTHER_SLOPE.mean * distance : sum;
    }, 0);
    return {
      ...encoded,
      expected:
        this.#prior.logMean({ situation, load: encoded.load, usualLoad: this.#center.load, law }) + usual,
      straight: Float64Array.from([
        ...laws.map((value, index) => (value - law) * Math.sqrt(LIKELIHOODS[index] as number)),
        ...MACHINE_SLOPES.map((slope, index) => slope * away(index)),
      ]),
      slopes,
    };
  }

  #covariance(a: Point, b: Point): number {
    return weigh(partsOf(a, b, this.#prior.deviation, PARTS), this.#squares);
  }
}

/** Runs that vouch for the model's own spread before any run does. */
const PRIOR_RUNS = 6;

/** What two situations have in common, part by part: straight lines, then what each tuned scale weighs. */
const STRAIGHT = 0;
const SLOPES = 1;
const INPUT = 2;
const MACHINE = 3;
const JOINT = 4;
const PART_COUNT = 5;
/** Written anew for every pair, for there are many of them. */
const PARTS = new Float64Array(PART_COUNT);

function partsOf(a: Point, b: Point, level: number, parts: Float64Array): Float64Array {
  let straight = level ** 2 + dot(a.straight, b.straight);
  if (a.family === b.family) straight += FAMILY ** 2;
  if (a.instanceType === b.instanceType) straight += FAMILY ** 2 / 2;
  let apart = 0;
  for (let index = 0; index < 3; index += 1) {
    const distance = (a.machine[index] as number) - (b.machine[index] as number);
    apart += distance * distance;
  }
  let inputApart = 0;
  let input = 0;
  for (let index = 0; index < a.input.length; index += 1) {
    const distance = ((a.input[index] as number) - (b.input[index] as number)) / INPUT_LENGTH;
    inputApart += distance * distance;
    input += distance === 0 ? 1 : Math.exp((distance * distance) / -2);
  }
  const slackApart = (a.slack - b.slack) / SLACK_LENGTH;
  parts[STRAIGHT] = straight;
  parts[SLOPES] = dot(a.slopes, b.slopes);
  parts[INPUT] = input;
  parts[MACHINE] = Math.exp(apart / -2);
  parts[JOINT] = Math.exp((apart + inputApart + slackApart * slackApart) / -2);
  return parts;
}

/** The scales' squares, in the order of the parts. */
const squaresOf = ({ slope, input, machine, joint }: Scales): Float64Array =>
  Float64Array.of(1, slope ** 2, input ** 2, machine ** 2, joint ** 2);

/** The covariance that the parts come to. */
const weigh = dot;

function covarianceMatrix(
  rows: readonly Point[],
  columns: readonly Point[],
  covariance: (a: Point, b: Point) => number,
): Float64Array {
  const matrix = new Float64Array(rows.length * columns.length);
  rows.forEach((a, row) => {
    for (let column = 0; column <= row; column += 1) {
      matrix[row * columns.length + column] = covariance(a, columns[column] as Point);
    }
  });
  return matrix;
}

/** The scales under which a sample of the runs is likeliest, each held near the usual one. */
function tuned(points: readonly Point[], targets: Float64Array, level: number, inputs: number): Scales {
  const chosen = everyNth(
    points.map((_, index) => index),
    Math.max(1, points.length / TUNING_RUNS),
  );
  const some = Float64Array.from(chosen, (index) => targets[index] as number);
  const size = chosen.length;
  const parts = chosen.flatMap((row, at) =>
    chosen
      .slice(0, at + 1)
      .map((column) =>
        partsOf(points[row] as Point, points[column] as Point, level, new Float64Array(PART_COUNT)),
      ),
  );
  const noise = new Float64Array(size);
  const matrix = new Float64Array(size * size);
  const goodness = (scales: Scales): number => {
    const squares = squaresOf(scales);
    let pair = 0;
    for (let row = 0; row < size; row += 1) {
      for (let column = 0; column <= row; column += 1) {
        matrix[row * size + column] = weigh(parts[pair] as Float64Array, squares);
        pair += 1;
      }
    }
    const { factor, weights } = fitTo(matrix, noise.fill(scales.noise ** 2), some);
    let likelihood = -dot(some, weights) / 2;
    for (let index = 0; index < size; index += 1)
      likelihood -= Math.log(factor[index * size + index] as number);
    return TUNABLE.reduce(
      (sum, name) => sum - (Math.log(scales[name] / TUNED_SCALES[name]) / TUNING_FREEDOM) ** 2 / 2,
      likelihood,
    );
  };
  const names = inputs > 0 ? TUNABLE : TUNABLE.filter((name) => name !== 'slope' && name !== 'input');
  let best = TUNED_SCALES;
  let value = goodness(best);
  for (const step of TUNING_STEPS) {
    for (const name of names) {
      for (const factor of [step, 1 / step]) {
        for (let better = true; better; ) {
          const tried = { ...best, [name]: best[name] * factor };
          const reached = goodness(tried);
          better = reached > value;
          if (better) [best, value] = [tried, reached];
        }
      }
    }
  }
  return best;
}

function fitTo(covariance: Float64Array, noise: Float64Array, targets: Float64Array) {
  const size = targets.length;
  const matrix = Float64Array.from(covariance);
  for (let index = 0; index < size; index += 1) {
    matrix[index * (size + 1)] = (matrix[index * (size + 1)] as number) + (noise[index] as number);
  }
  const factor = cholesky(matrix, size);
  return { factor, weights: solveUpper(factor, size, solveLower(factor, size, targets)) };
}

const everyNth = <T>(values: readonly T[], spread: number): T[] =>
  Array.from(
    { length: Math.floor(values.length / spread) },
    (_, index) => values[Math.floor(index * spread)] as T,
  );

function centerOf(points: readonly Encoded[]) {
  const mean = (of: (point: Encoded) => number | undefined): number =>
    points.reduce((sum, point) => sum + (of(point) ?? 0), 0) / Math.max(1, points.length);
  const [first] = points;
  return {
    machine: Float64Array.from(first?.machine ?? [], (_, index) => mean(({ machine }) => machine[index])),
    input: Float64Array.from(first?.input ?? [], (_, index) => mean(({ input }) => input[index])),
    load: mean(({ load }) => load),
  };
}
