/** Matrices are symmetric or lower triangular, row by row; only their lower halves are read and written. */

/** The lower factor of a positive definite matrix, in its place. */
export function cholesky(matrix: Float64Array, size: number): Float64Array {
  for (let row = 0; row < size; row += 2) {
    const upper = row * size;
    const lower = row + 1 < size ? upper + size : upper;
    solveTwo(matrix, upper, lower, matrix, size, 0, row);
    let a = matrix[upper + row] as number;
    let b = matrix[lower + row] as number;
    let c = matrix[lower + row + 1] as number;
    for (let index = 0; index < row; index += 1) {
      const ofUpper = matrix[upper + index] as number;
      const ofLower = matrix[lower + index] as number;
      a -= ofUpper * ofUpper;
      b -= ofUpper * ofLower;
      c -= ofLower * ofLower;
    }
    a = positiveRoot(a);
    matrix[upper + row] = a;
    if (lower === upper) break;
    b /= a;
    matrix[lower + row] = b;
    matrix[lower + row + 1] = positiveRoot(c - b * b);
  }
  return matrix;
}

/** x of L x = b in the place of every b, which are rows of so many columns as the factor has; returns them. */
export function solveLowerRows(factor: Float64Array, size: number, rows: Float64Array): Float64Array {
  for (let at = 0; at < rows.length; at += 2 * size) {
    const next = at + size < rows.length ? at + size : at;
    solveTwo(rows, at, next, factor, size, 0, size);
  }
  return rows;
}

/** The inverse of a lower factor, transposed: column by column of it, from the diagonal down. */
export function inverseColumns(factor: Float64Array, size: number): Float64Array {
  const columns = new Float64Array(size * size);
  for (let column = 0; column < size; column += 1) columns[column * (size + 1)] = 1;
  for (let column = 0; column < size; column += 2) {
    const first = column * size;
    const second = column + 1 < size ? first + size : first;
    solveTwo(columns, first, second, factor, size, column, size);
  }
  return columns;
}

/**
 * As `solveLowerRows` of two rows (or one, twice), from the first column that is not zero up to one. Four columns at a time:
 * what is loaded is used two and four times, and eight sums wait less for each other than one.
 */
function solveTwo(
  rows: Float64Array,
  upper: number,
  lower: number,
  factor: Float64Array,
  size: number,
  from: number,
  until: number,
): void {
  let column = from;
  for (; column + 3 < until; column += 4) {
    const first = column * size;
    const second = first + size;
    const third = second + size;
    const fourth = third + size;
    let a = rows[upper + column] as number;
    let b = rows[upper + column + 1] as number;
    let c = rows[upper + column + 2] as number;
    let d = rows[upper + column + 3] as number;
    let e = rows[lower + column] as number;
    let f = rows[lower + column + 1] as number;
    let g = rows[lower + column + 2] as number;
    let h = rows[lower + column + 3] as number;
    for (let index = from; index < column; index += 1) {
      const ofUpper = rows[upper + index] as number;
      const ofLower = rows[lower + index] as number;
      const ofFirst = factor[first + index] as number;
      const ofSecond = factor[second + index] as number;
      const ofThird = factor[third + index] as number;
      const ofFourth = factor[fourth + index] as number;
      a -= ofUpper * ofFirst;
      b -= ofUpper * ofSecond;
      c -= ofUpper * ofThird;
      d -= ofUpper * ofFourth;
      e -= ofLower * ofFirst;
      f -= ofLower * ofSecond;
      g -= ofLower * ofThird;
      h -= ofLower * ofFourth;
    }
    finish(rows, upper + column, a, b, c, d, factor, first + column, size);
    finish(rows, lower + column, e, f, g, h, factor, first + column, size);
  }
  for (; column < until; column += 1) {
    const at = column * size;
    let a = rows[upper + column] as number;
    let b = rows[lower + column] as number;
    for (let index = from; index < column; index += 1) {
      const value = factor[at + index] as number;
      a -= (rows[upper + index] as number) * value;
      b -= (rows[lower + index] as number) * value;
    }
    rows[upper + column] = a / (factor[at + column] as number);
    rows[lower + column] = b / (factor[at + column] as number);
  }
}

/** Four columns of a row, of which all before these is done, by the block of the factor on its diagonal. */
function finish(
  rows: Float64Array,
  to: number,
  a: number,
  b: number,
  c: number,
  d: number,
  factor: Float64Array,
  block: number,
  size: number,
): void {
  const second = block + size;
  const third = second + size;
  const fourth = third + size;
  const one = a / (factor[block] as number);
  const two = (b - one * (factor[second] as number)) / (factor[second + 1] as number);
  const three =
    (c - one * (factor[third] as number) - two * (factor[third + 1] as number)) /
    (factor[third + 2] as number);
  rows[to] = one;
  rows[to + 1] = two;
  rows[to + 2] = three;
  rows[to + 3] =
    (d -
      one * (factor[fourth] as number) -
      two * (factor[fourth + 1] as number) -
      three * (factor[fourth + 2] as number)) /
    (factor[fourth + 3] as number);
}

const positiveRoot = (value: number): number => Math.sqrt(Math.max(value, Number.EPSILON));

/** x of L x = b, for the lower factor L. */
export function solveLower(factor: Float64Array, size: number, right: Float64Array): Float64Array {
  const solution = new Float64Array(size);
  for (let row = 0; row < size; row += 1) {
    const at = row * size;
    let one = right[row] as number;
    let two = 0;
    let index = 0;
    for (; index + 1 < row; index += 2) {
      one -= (factor[at + index] as number) * (solution[index] as number);
      two -= (factor[at + index + 1] as number) * (solution[index + 1] as number);
    }
    if (index < row) one -= (factor[at + index] as number) * (solution[index] as number);
    solution[row] = (one + two) / (factor[at + row] as number);
  }
  return solution;
}

/** x of Lᵀ x = b, for the lower factor L. */
export function solveUpper(factor: Float64Array, size: number, right: Float64Array): Float64Array {
  const solution = Float64Array.from(right);
  for (let row = size - 1; row >= 0; row -= 1) {
    const at = row * size;
    const value = (solution[row] as number) / (factor[at + row] as number);
    solution[row] = value;
    for (let index = 0; index < row; index += 1) {
      solution[index] = (solution[index] as number) - value * (factor[at + index] as number);
    }
  }
  return solution;
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index += 1) sum += (a[index] as number) * (b[index] as number);
  return sum;
}
