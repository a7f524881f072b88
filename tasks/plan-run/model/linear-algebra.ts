/** Matrices are symmetric or lower triangular, row by row; only their lower halves are read and written. */

/** The lower factor of a positive definite matrix, in its place. */
export function cholesky(matrix: Float64Array, size: number): Float64Array {
  for (let row = 0; row < size; row += 1) {
    const at = row * size;
    for (let column = 0; column <= row; column += 1) {
      const from = column * size;
      const rest = (matrix[at + column] as number) - rowsDot(matrix, at, from, column);
      matrix[at + column] =
        column < row ? rest / (matrix[from + column] as number) : Math.sqrt(Math.max(rest, Number.EPSILON));
    }
  }
  return matrix;
}

/** Four sums at once, for each addition would wait for the one before. */
function rowsDot(matrix: Float64Array, a: number, b: number, length: number): number {
  let [one, two, three, four] = [0, 0, 0, 0];
  let index = 0;
  for (; index + 3 < length; index += 4) {
    one += (matrix[a + index] as number) * (matrix[b + index] as number);
    two += (matrix[a + index + 1] as number) * (matrix[b + index + 1] as number);
    three += (matrix[a + index + 2] as number) * (matrix[b + index + 2] as number);
    four += (matrix[a + index + 3] as number) * (matrix[b + index + 3] as number);
  }
  for (; index < length; index += 1) one += (matrix[a + index] as number) * (matrix[b + index] as number);
  return one + two + three + four;
}

/** x of L x = b, for the lower factor L. */
export function solveLower(factor: Float64Array, size: number, right: Float64Array): Float64Array {
  const solution = new Float64Array(size);
  for (let row = 0; row < size; row += 1) {
    const at = row * size;
    let [one, two] = [right[row] as number, 0];
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
    for (let column = 0; column < row; column += 1) {
      const from = column * size;
      let [one, two, three, four] = [0, 0, 0, 0];
      let index = column;
      for (; index + 3 < row; index += 4) {
        one += (factor[at + index] as number) * (columns[from + index] as number);
        two += (factor[at + index + 1] as number) * (columns[from + index + 1] as number);
        three += (factor[at + index + 2] as number) * (columns[from + index + 2] as number);
        four += (factor[at + index + 3] as number) * (columns[from + index + 3] as number);
      }
      for (; index < row; index += 1) {
        one += (factor[at + index] as number) * (columns[from + index] as number);
      }
      columns[from + row] = -(one + two + three + four) / pivot;
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
    const [before, part] = [factor[at] as number, rest[column] as number];
    const after = Math.hypot(before, part);
    const [cosine, sine] = [after / before, part / before];
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
