/** Numbers of a seed (mulberry32): the same on every machine. */
export interface Random {
  /** From 0 to 1, without 1. */
  next(): number;
  /** An integer below the bound. */
  below(bound: number): number;
  /** Log-normal around 1. */
  factor(logDeviation: number): number;
  normal(): number;
  pick<T>(values: readonly T[]): T;
}

export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const below = (bound: number): number => Math.floor(next() * bound);
  return {
    next,
    below,
    normal,
    factor: (logDeviation) => Math.exp(logDeviation * normal()),
    pick: (values) => values[below(values.length)] as (typeof values)[number],
  };
}
