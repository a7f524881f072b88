import { cholesky, solveLower, solveUpper } from './linear-algebra.ts';

/**
 * How far off each group of runs is predicted by the others alone, as the mean of its squared errors in deviations. A
 * group is what becomes known together, such as the runs of one input: one of them tells much of the next, and nothing of
 * how well a new input is predicted.
 * @param columns of the inverse of the covariance's factor.
 */
export function errorsOfGroups(
  groups: readonly (readonly number[])[],
  columns: Float64Array,
  weights: Float64Array,
): number[] {
  const size = weights.length;
  return groups.map((members) => {
    const count = members.length;
    const precision = new Float64Array(count * count);
    members.forEach((a, row) => {
      members.slice(0, row + 1).forEach((b, column) => {
        let sum = 0;
        for (let at = Math.max(a, b); at < size; at += 1) {
          sum += (columns[a * size + at] as number) * (columns[b * size + at] as number);
        }
        precision[row * count + column] = sum;
      });
    });
    const factor = cholesky(precision, count);
    const right = Float64Array.from(members, (at) => weights[at] as number);
    const errors = solveUpper(factor, count, solveLower(factor, count, right));
    const unit = new Float64Array(count);
    const squares = members.map((_, at) => {
      unit[at] = 1;
      const half = solveLower(factor, count, unit);
      unit[at] = 0;
      return (errors[at] as number) ** 2 / half.reduce((sum, value) => sum + value * value, 0);
    });
    return squares.reduce((sum, square) => sum + square, 0) / count;
  });
}
