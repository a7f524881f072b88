import { dot } from './linear-algebra.ts';
import type { InputPoint, MachinePoint, Point } from './points.ts';

/**
 * Standard deviations, as logarithms, of what may set one run's time apart from another's. So much the prior allows of
 * each; many runs tell better.
 */
export interface Scales {
  /** Of powers of the features. */
  slope: number;
  /** Of families and types of instances, besides what their sizes make. */
  type: number;
  /** Of what memory that runs short costs. */
  shortage: number;
  /** Of smooth deviations from all that: by each feature alone, by the machines alone, by all together. */
  input: number;
  machine: number;
  joint: number;
  /** Of one run from the next like it. */
  noise: number;
}

/** Types of one family go together for the most part. */
const SAME_FAMILY = 0.7;

/** Distances (of logarithms) over which smooth deviations fade. */
const INPUT_LENGTH = 3;
const MACHINE_LENGTH = 1.4;
const SLACK_LENGTH = 0.5;

/** Inputs differ in their fixed parts and in what memory they want, as far as they are apart: so much of both is their own. */
const OF_INPUT = 0.2;

/** The parts of a covariance: a number each for every pair, which the scales weigh. */
const PARTS = 7;

const weightsOf = ({ slope, type, shortage, input, machine, joint }: Scales): Float64Array =>
  Float64Array.of(1, slope ** 2, type ** 2, shortage ** 2, input ** 2, machine ** 2, joint ** 2);

/** What points have in common with each other, pair by pair: the lower half. */
export function commonOf(points: readonly Point[]): Float64Array {
  const size = points.length;
  const common = new Float64Array(size * size * PARTS);
  const writeRow = rowsOf(points, points);
  for (let row = 0; row < size; row += 1) writeRow(row, common, row * size * PARTS);
  return common;
}

/** The covariances of so many points, of what is common to them; again and again, for one scale after the other. */
export function covariancesFrom(
  common: Float64Array,
  size: number,
  scales: Scales,
  levelDeviation: number,
  into: Float64Array,
): void {
  const weights = weightsOf(scales);
  for (let row = 0; row < size; row += 1) {
    weigh(common, row * size * PARTS, row + 1, weights, levelDeviation, into, row * size);
  }
}

/**
 * The covariances under those scales, around a level that is open by a deviation itself; of equal rows and columns the
 * lower half.
 */
export function covariancesOf(
  rows: readonly Point[],
  columns: readonly Point[],
  scales: Scales,
  levelDeviation: number,
): Float64Array {
  const width = columns.length;
  const into = new Float64Array(rows.length * width);
  const parts = new Float64Array(width * PARTS);
  const writeRow = rowsOf(rows, columns);
  const weights = weightsOf(scales);
  for (let row = 0; row < rows.length; row += 1) {
    writeRow(row, parts, 0);
    weigh(parts, 0, rows === columns ? row + 1 : width, weights, levelDeviation, into, row * width);
  }
  return into;
}

/** Writes the parts of a row's pairs (where rows are the columns, up to the diagonal) from a place on. */
function rowsOf(rows: readonly Point[], columns: readonly Point[]) {
  const symmetric = rows === columns;
  const machines = tableOf(rows, columns, ({ machine }) => machine, machineParts);
  const inputs = tableOf(rows, columns, ({ input }) => input, inputParts);
  // Flat, for there are ten thousands of pairs.
  const shapesOfColumns = flat(columns, ({ shapes }) => shapes);
  const lacksOfColumns = flat(columns, ({ shortages }) => shortages);
  const slacks = Float64Array.from(columns, ({ slack }) => slack);
  return (row: number, parts: Float64Array, from: number): void => {
    const { shapes, shortages, slack } = rows[row] as Point;
    const [width, lacks] = [shapes.length, shortages.length];
    const ends = symmetric ? row + 1 : columns.length;
    for (let column = 0; column < ends; column += 1) {
      let shape = 0;
      for (let at = 0; at < width; at += 1) {
        shape += (shapes[at] as number) * (shapesOfColumns[column * width + at] as number);
      }
      let lack = 0;
      for (let at = 0; at < lacks; at += 1) {
        lack += (shortages[at] as number) * (lacksOfColumns[column * lacks + at] as number);
      }
      const at = from + column * PARTS;
      const ofMachine = machines.at(row, column);
      const ofInput = inputs.at(row, column);
      const slackApart = (slack - (slacks[column] as number)) / SLACK_LENGTH;
      const together = machines.values[ofMachine + 2] as number;
      const ofOwn = OF_INPUT * (inputs.values[ofInput + 2] as number);
      parts[at] = shape * ofOwn + (machines.values[ofMachine] as number);
      parts[at + 1] = inputs.values[ofInput] as number;
      parts[at + 2] = machines.values[ofMachine + 1] as number;
      parts[at + 3] = lack * (1 - OF_INPUT + ofOwn);
      parts[at + 4] = inputs.values[ofInput + 1] as number;
      parts[at + 5] = together;
      parts[at + 6] = together * (inputs.values[ofInput + 2] as number) * near(slackApart * slackApart);
    }
  };
}

function flat(points: readonly Point[], of: (point: Point) => Float64Array): Float64Array {
  const width = points[0] ? of(points[0]).length : 0;
  const all = new Float64Array(points.length * width);
  points.forEach((point, at) => {
    all.set(of(point), at * width);
  });
  return all;
}

/** What a situation has in common with itself, under those scales. */
export function ownVariance(point: Point, scales: Scales, levelDeviation: number): number {
  const { shapes, shortages, machine, input } = point;
  return (
    levelDeviation ** 2 +
    OF_INPUT * dot(shapes, shapes) +
    dot(machine.slopes, machine.slopes) +
    scales.slope ** 2 * dot(input.slopes, input.slopes) +
    scales.type ** 2 +
    scales.shortage ** 2 * dot(shortages, shortages) +
    scales.input ** 2 * input.logs.length +
    scales.machine ** 2 +
    scales.joint ** 2
  );
}

/** The covariances of so many pairs, whose parts stand from a place on. */
function weigh(
  parts: Float64Array,
  from: number,
  pairs: number,
  weights: Float64Array,
  levelDeviation: number,
  into: Float64Array,
  to: number,
): void {
  const one = weights[0] as number;
  const two = weights[1] as number;
  const three = weights[2] as number;
  const four = weights[3] as number;
  const five = weights[4] as number;
  const six = weights[5] as number;
  const seven = weights[6] as number;
  const level = levelDeviation ** 2;
  for (let pair = 0; pair < pairs; pair += 1) {
    const at = from + pair * PARTS;
    into[to + pair] =
      level +
      one * (parts[at] as number) +
      two * (parts[at + 1] as number) +
      three * (parts[at + 2] as number) +
      four * (parts[at + 3] as number) +
      five * (parts[at + 4] as number) +
      six * (parts[at + 5] as number) +
      seven * (parts[at + 6] as number);
  }
}

/** What does not depend on both machines and input is computed once for each pair of them. */
function tableOf<T>(
  rows: readonly Point[],
  columns: readonly Point[],
  of: (point: Point) => T,
  write: (a: T, b: T, values: Float64Array, at: number) => void,
) {
  const rowPlaces = new Map<T, number>();
  const columnPlaces = new Map<T, number>();
  const rowOf = Int32Array.from(rows, (point) => placeOf(of(point), rowPlaces));
  const columnOf = Int32Array.from(columns, (point) => placeOf(of(point), columnPlaces));
  const width = columnPlaces.size;
  const values = new Float64Array(rowPlaces.size * width * 3);
  const ofColumns = [...columnPlaces.keys()];
  // Of a table of the same points with themselves, one half is the other's.
  const symmetric = rows === columns;
  for (const [a, row] of rowPlaces) {
    for (let column = symmetric ? row : 0; column < width; column += 1) {
      write(ofColumns[column] as T, a, values, (row * width + column) * 3);
    }
  }
  return {
    values,
    at(row: number, column: number): number {
      const a = rowOf[row] as number;
      const b = columnOf[column] as number;
      return (symmetric && b < a ? b * width + a : a * width + b) * 3;
    },
  };
}

function placeOf<T>(value: T, places: Map<T, number>): number {
  const place = places.get(value) ?? places.size;
  places.set(value, place);
  return place;
}

function machineParts(a: MachinePoint, b: MachinePoint, values: Float64Array, at: number): void {
  let apart = 0;
  for (let index = 0; index < a.logs.length; index += 1) {
    apart += ((a.logs[index] as number) - (b.logs[index] as number)) ** 2;
  }
  const type = a.instanceType === b.instanceType ? 1 : a.family === b.family ? SAME_FAMILY : 0;
  values[at] = dot(a.slopes, b.slopes);
  values[at + 1] = type;
  values[at + 2] = near(apart / MACHINE_LENGTH ** 2);
}

function inputParts(a: InputPoint, b: InputPoint, values: Float64Array, at: number): void {
  let apart = 0;
  let alone = 0;
  for (let index = 0; index < a.logs.length; index += 1) {
    const distance = ((a.logs[index] as number) - (b.logs[index] as number)) / INPUT_LENGTH;
    apart += distance * distance;
    alone += distance === 0 ? 1 : near(distance * distance);
  }
  values[at] = dot(a.slopes, b.slopes);
  values[at + 1] = alone;
  values[at + 2] = near(apart);
}

/** Rational quadratic: near ones go together closely, and far ones still do a little. */
const near = (squaredDistance: number): number => 1 / (1 + squaredDistance / 2);
