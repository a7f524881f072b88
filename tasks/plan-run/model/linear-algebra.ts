/** Matrices are symmetric or lower triangular, row by row; only their lower halves are read and written. */

/**
 * The lower factor of a positive definite matrix, in its place. Two rows against two columns at a time: what is loaded is
 * used twice, and four sums wait less for each other than one (4 times as fast as one by one at 200 rows).
 */
export function cholesky(matrix: Float64Array, size: number): Float64Array {
  let row = 0;
  for (; row + 1 < size; row += 2) twoRows(matrix, size, row);
  if (row < size) lastRow(matrix, size, row);
  return matrix;
}

function twoRows(matrix: Float64Array, size: number, row: number): void {
  const upper = row * size;
  const lower = upper + size;
  for (let column = 0; column < row; column += 2) {
    const first = column * size;
    const second = first + size;
    let a = matrix[upper + column] as number;
    let b = matrix[upper + column + 1] as number;
    let c = matrix[lower + column] as number;
    let d = matrix[lower + column + 1] as number;
    for (let index = 0; index < column; index += 1) {
      const ofUpper = matrix[upper + index] as number;
      const ofLower = matrix[lower + index] as number;
      const ofFirst = matrix[first + index] as number;
      const ofSecond = matrix[second + index] as number;
      a -= ofUpper * ofFirst;
      b -= ofUpper * ofSecond;
      c -= ofLower * ofFirst;
      d -= ofLower * ofSecond;
    }
    const between = matrix[second + column] as number;
    a /= matrix[first + column] as number;
    c /= matrix[first + column] as number;
    matrix[upper + column] = a;
    matrix[lower + column] = c;
    matrix[upper + column + 1] = (b - a * between) / (matrix[second + column + 1] as number);
    matrix[lower + column + 1] = (d - c * between) / (matrix[second + column + 1] as number);
  }
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
  b /= a;
  matrix[upper + row] = a;
  matrix[lower + row] = b;
  matrix[lower + row + 1] = positiveRoot(c - b * b);
}

function lastRow(matrix: Float64Array, size: number, row: number): void {
  const at = row * size;
  for (let column = 0; column <= row; column += 1) {
    const from = column * size;
    let rest = matrix[at + column] as number;
    for (let index = 0; index < column; index += 1) {
      rest -= (matrix[at + index] as number) * (matrix[from + index] as number);
    }
    matrix[at + column] = column < row ? rest / (matrix[from + column] as number) : positiveRoot(rest);
  }
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

/** The inverse of a lower factor, transposed: column by column of it, from the diagonal down. */
export function inverseColumns(factor: Float64Array, size: number): Float64Array {
  const columns = new Float64Array(size * size);
  for (let row = 0; row < size; row += 1) {
    const at = row * size;
    const pivot = factor[at + row] as number;
    columns[at + row] = 1 / pivot;
    // Two columns at a time, for both meet the same row.
    for (let column = 0; column < row; column += 2) {
      const first = column * size;
      const second = first + size;
      const paired = column + 1 < row;
      let one = (factor[at + column] as number) * (columns[first + column] as number);
      let two = 0;
      for (let index = column + 1; index < row; index += 1) {
        const value = factor[at + index] as number;
        one += value * (columns[first + index] as number);
        two += value * (columns[second + index] as number);
      }
      columns[first + row] = -one / pivot;
      if (paired) columns[second + row] = -two / pivot;
    }
  }
  return columns;
}

/** Makes the factor of A that of A + `added` at one place of the diagonal. */
export function addToDiagonal(factor: Float64Array, size: number, place: number, added: number): void {
  const rest = new Float64Array(size);
  rest[place] = Math.sqrt(added);
  for (let column = place; column < size; column += 1) {
    const at = column * size + column;
    const before = factor[at] as number;
    const part = rest[column] as number;
    const after = Math.hypot(before, part);
    const cosine = after / before;
    const sine = part / before;
    factor[at] = after;
    for (let row = column + 1; row < size; row += 1) {
      const here = row * size + column;
      const value = ((factor[here] as number) + sine * (rest[row] as number)) / cosine;
      factor[here] = value;
      rest[row] = cosine * (rest[row] as number) - sine * value;
    }
  }
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index += 1) sum += (a[index] as number) * (b[index] as number);
  return sum;
}
