/** Matrices are symmetric, row by row; only their lower halves are read and written. */

/** The lower factor of a positive definite matrix, in its place. */
export function cholesky(matrix: Float64Array, size: number): Float64Array {
  for (let row = 0; row < size; row += 1) {
    const at = row * size;
    for (let column = 0; column <= row; column += 1) {
      const from = column * size;
      let rest = matrix[at + column] as number;
      for (let index = 0; index < column; index += 1) {
        rest -= (matrix[at + index] as number) * (matrix[from + index] as number);
      }
      matrix[at + column] =
        column < row ? rest / (matrix[from + column] as number) : Math.sqrt(Math.max(rest, Number.EPSILON));
    }
  }
  return matrix;
}

/** x of L x = b, for the lower factor L. What is before `first` in b is zero. */
export function solveLower(factor: Float64Array, size: number, right: Float64Array, first = 0): Float64Array {
  const solution = new Float64Array(size);
  for (let row = first; row < size; row += 1) {
    const at = row * size;
    let rest = right[row] as number;
    for (let index = first; index < row; index += 1) {
      rest -= (factor[at + index] as number) * (solution[index] as number);
    }
    solution[row] = rest / (factor[at + row] as number);
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

/** The diagonal of the inverse of the matrix whose lower factor is given. */
export function inverseDiagonal(factor: Float64Array, size: number): Float64Array {
  const diagonal = new Float64Array(size);
  const unit = new Float64Array(size);
  for (let column = 0; column < size; column += 1) {
    unit[column] = 1;
    diagonal[column] = solveLower(factor, size, unit, column).reduce((sum, value) => sum + value * value, 0);
    unit[column] = 0;
  }
  return diagonal;
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index += 1) sum += (a[index] as number) * (b[index] as number);
  return sum;
}
