import { centerOf } from './center-of.ts';
import { type Encoded, encoderOf, featuresOf, isSize, type Situation } from './encode.ts';
import { errorsOfGroups } from './errors-of-groups.ts';
import { covariancesOf, ownVariance, type Scales } from './kernel.ts';
import { additionAt, judgeLaws, type Law, lawsOf, meanLeft, type Verdict } from './laws.ts';
import { cholesky, dot, inverseColumns, solveLowerRows, solveUpper } from './linear-algebra.ts';
import { type Center, departuresOf, type Point, pointsOf } from './points.ts';
import type { Prior } from './prior.ts';
import { spreadPlaces } from './spread-places.ts';
import { ENOUGH_RUNS, tunedScales } from './tuned-scales.ts';

export interface Run extends Situation {
  runtimeSeconds: number;
}

/** A runtime's logarithm (seconds): what is expected, and its standard deviation. */
export interface Prediction {
  logMean: number;
  logDeviation: number;
}

/** More runs tell little more. */
const MOST_RUNS = 96;

/** A run so many deviations from what the others say counts less. */
const OUTLIER = 2.5;
/** Inputs that vouch for the model's own spread before any does. */
const PRIOR_GROUPS = 4;
const LEAST_CALIBRATION = 0.7;

/**
 * Learns runtimes from runs: a law of input and slots with what it leaves uncertain, and a Gaussian process over the
 * logarithms of features and machines for what departs from it. Without any run it is the prior, with two runs the law
 * through them, with hundreds what was measured.
 */
export class RuntimeModel {
  readonly #names: readonly string[];
  readonly #prior: Prior;
  readonly #encode: (situation: Situation) => Encoded;
  readonly #center: Center;
  readonly #laws: readonly Law[];
  readonly #points: readonly Point[];
  readonly #scales: Scales;
  #factor: Float64Array;
  #verdict: Verdict;
  /** Errors are so much greater than the model believes. */
  #calibration = 1;

  /** @param around what will be asked for; it gives the usual input for each slot where no run does. */
  constructor(runs: readonly Run[], prior: Prior, around: readonly Situation[]) {
    const known = someOf(runs);
    const size = known.length;
    const usual = size > 0 ? known : around;
    const features = featuresOf(usual);
    this.#names = [...features.keys()];
    this.#prior = prior;
    this.#encode = encoderOf(features);
    this.#center = centerOf(usual.map(this.#encode), this.#names.length);
    this.#laws = lawsOf(prior.fixedShare(this.#center.load), prior.shareDeviation, prior.driverApart);
    this.#points = this.#pointsOf(known);
    const targets = Float64Array.from(
      known,
      (run, index) => Math.log(run.runtimeSeconds) - this.#expected(this.#points[index] as Point),
    );
    this.#scales = tunedScales(this.#points, targets, this.#laws, prior);
    const covariance = covariancesOf(this.#points, this.#points, this.#scales, prior.deviation);
    const addNoise = (at: number, variance: number): void => {
      covariance[at * (size + 1)] = (covariance[at * (size + 1)] as number) + variance;
    };
    for (let at = 0; at < size; at += 1) addNoise(at, this.#scales.noise ** 2);
    this.#factor = cholesky(covariance.slice(), size);
    const departures = departuresOf(this.#points);
    this.#verdict = judgeLaws(this.#laws, this.#factor, size, targets, departures);
    if (size < ENOUGH_RUNS) return;
    const columns = inverseColumns(this.#factor, size);
    const weights = solveUpper(this.#factor, size, meanLeft(this.#verdict, size));
    let outliers = 0;
    for (let at = 0; at < size; at += 1) {
      // What the other runs say of this one (Rasmussen and Williams, "Gaussian Processes", 5.4.2).
      const own = columns.subarray(at * size + at, (at + 1) * size);
      const precision = dot(own, own);
      const off = Math.abs(weights[at] as number) / Math.sqrt(precision);
      if (off <= OUTLIER) continue;
      outliers += 1;
      addNoise(at, ((off / OUTLIER) ** 2 - 1) / precision);
    }
    this.#calibration = this.#calibrationBy(columns, weights);
    if (outliers === 0) return;
    this.#factor = cholesky(covariance, size);
    this.#verdict = judgeLaws(this.#laws, this.#factor, size, targets, departures);
  }

  /** How much greater the errors on inputs that are left out are than the model believes. */
  #calibrationBy(columns: Float64Array, weights: Float64Array): number {
    const groups = Map.groupBy(
      this.#points.map(({ input }, at) => ({ input, at })),
      ({ input }) => input,
    );
    // Runs of a single input are held against nothing but what was believed before.
    if (groups.size < 2) return 1;
    const errors = errorsOfGroups(
      [...groups.values()].map((members) => members.map(({ at }) => at)),
      columns,
      weights,
    );
    const squares = errors.reduce((sum, squared) => sum + Math.min(squared, OUTLIER ** 2), 0);
    return Math.max(LEAST_CALIBRATION, Math.sqrt((squares + PRIOR_GROUPS) / (errors.length + PRIOR_GROUPS)));
  }

  /** So many runs it has learned from. */
  get runs(): number {
    return this.#points.length;
  }

  /** A single run's time, with its noise. */
  predict(situation: Situation): Prediction {
    return this.predictAll([situation])[0] as Prediction;
  }

  predictAll(situations: readonly Situation[]): Prediction[] {
    const size = this.#points.length;
    const points = this.#pointsOf(situations);
    const level = this.#prior.deviation;
    const between = covariancesOf(points, this.#points, this.#scales, level);
    const solved = solveLowerRows(this.#factor, size, between);
    return points.map((point, row) => {
      const explained = solved.subarray(row * size, (row + 1) * size);
      const own = ownVariance(point, this.#scales, level);
      const variance = Math.max(0, own - dot(explained, explained));
      const { mean, variance: ofLaws } = additionAt(this.#verdict, point.departures, explained);
      return {
        logMean: this.#expected(point) + (size > 0 ? mean : 0),
        logDeviation: this.#calibration * Math.hypot(Math.sqrt(variance + ofLaws), this.#scales.noise),
      };
    });
  }

  /**
   * How several situations' times go together when nothing is known but the prior; without its level. That memory may run
   * short is in the covariance alone: machines that have little of it are not expected to be slower before a run was.
   */
  priorCovariance(situations: readonly Situation[]) {
    const points = this.#pointsOf(situations);
    const covariance = covariancesOf(points, points, this.#scales, 0);
    for (let at = 0; at < points.length; at += 1) {
      const place = at * (points.length + 1);
      covariance[place] = (covariance[place] as number) + this.#scales.noise ** 2;
    }
    const means = Float64Array.from(points, (point) => this.#expected({ ...point, slack: 0 }));
    return {
      means,
      laws: this.#laws,
      departures: departuresOf(points),
      covariance,
      levelDeviation: this.#prior.deviation,
    };
  }

  #pointsOf(situations: readonly Situation[]): Point[] {
    return pointsOf(situations, this.#names, this.#center, this.#laws, this.#encode);
  }

  #expected({ load, slack, law, input }: Point): number {
    const usualLoad = this.#center.load;
    const others = this.#names.reduce((sum, name, at) => {
      const usual = this.#center.input[at] as number;
      return isSize(name) ? sum : sum + this.#prior.slope(usual) * ((input.logs[at] as number) - usual);
    }, 0);
    return this.#prior.logMean({ load, slack, usualLoad, law }) + others;
  }
}

/** As many runs as are learned from, in an order that does not depend on theirs. */
function someOf(runs: readonly Run[]): readonly Run[] {
  const names = [...featuresOf(runs).keys()];
  const sorted = runs.toSorted(
    (a, b) =>
      firstDifference(names, (name) => (a.features[name] ?? 0) - (b.features[name] ?? 0)) ||
      a.machine.instanceCount * a.machine.vcpu - b.machine.instanceCount * b.machine.vcpu ||
      a.machine.memoryGiB - b.machine.memoryGiB ||
      a.runtimeSeconds - b.runtimeSeconds,
  );
  return spreadPlaces(runs.length, MOST_RUNS).map((at) => sorted[at] as Run);
}

function firstDifference(names: readonly string[], of: (name: string) => number): number {
  for (const name of names) {
    const difference = of(name);
    if (difference !== 0) return difference;
  }
  return 0;
}
