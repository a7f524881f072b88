import { encode, type Situation } from './encode.ts';
import type { Center } from './kernel.ts';

/** What is usual of situations: the means of their logarithms. */
export function centerOf(situations: readonly Situation[], names: readonly string[]): Center {
  const encoded = situations.map((situation) => encode(situation, names));
  const count = Math.max(1, encoded.length);
  const mean = (of: (index: number) => number): number =>
    encoded.reduce((sum, _, index) => sum + of(index), 0) / count;
  return {
    machine: Float64Array.from({ length: 3 }, (_, at) => mean((index) => encoded[index]?.machine[at] ?? 0)),
    input: Float64Array.from(names, (_, at) => mean((index) => encoded[index]?.input[at] ?? 0)),
    load: mean((index) => encoded[index]?.load ?? 0),
  };
}
