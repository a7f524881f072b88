import type { Encoded } from './encode.ts';
import type { Center } from './points.ts';

/** What is usual of situations: the means of their logarithms. */
export function centerOf(encoded: readonly Encoded[], features: number): Center {
  const mean = (of: (one: Encoded) => number | undefined): number =>
    encoded.reduce((sum, one) => sum + (of(one) ?? 0), 0) / Math.max(1, encoded.length);
  return {
    machine: Float64Array.from({ length: 3 }, (_, at) => mean(({ machine }) => machine[at])),
    input: Float64Array.from({ length: features }, (_, at) => mean(({ input }) => input[at])),
    load: mean(({ load }) => load),
  };
}
