import { createHash } from 'node:crypto';
import { limits } from '../limits.ts';
import { memoryExceeded } from './budget.ts';

/** Where values come from that differ from call to call. */
export interface Chance {
  /** Milliseconds since the epoch. */
  now(): number;
  /** A number of at least 0 and below 1. */
  random(): number;
  /** A version 4 UUID. */
  uuid(): string;
}

/** A function that jsonata can call. */
type ExtraFunction = (...args: unknown[]) => unknown;

const hashes = ['MD5', 'SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'];

/** The functions that Step Functions adds to JSONata 2.0.6 (transforming-data), and $eval, which it takes away. */
export const addedFunctions: Readonly<Record<string, ExtraFunction>> = {
  partition: (items: unknown, size: unknown) => {
    if (items === undefined) return undefined;
    const list = Array.isArray(items) ? items : [items];
    const chunk = integer(size, 'partition');
    if (chunk === undefined || chunk < 1 || list.length === 0) return undefined;
    const chunks: unknown[][] = [];
    for (let start = 0; start < list.length; start += chunk) chunks.push(list.slice(start, start + chunk));
    return chunks;
  },
  range: (first: unknown, last: unknown, step: unknown) => {
    const [from, to, by] = [first, last, step].map((value) => integer(value, 'range'));
    if (from === undefined || to === undefined || by === undefined || by === 0) return undefined;
    const count = Math.floor((to - from) / by) + 1;
    if (count > limits.rangeItems) throw new Error(memoryExceeded);
    if (count < 1) return undefined;
    return singletonCollapsed(Array.from({ length: count }, (_, index) => from + index * by));
  },
  hash: (value: unknown, algorithm: unknown) => {
    if (value === undefined || algorithm === undefined) return undefined;
    if (typeof value !== 'string') throw failure('T0410', '$hash needs a string to hash');
    if (typeof algorithm !== 'string' || !hashes.includes(algorithm))
      throw failure(
        'D3137',
        `$hash knows the algorithms ${hashes.join(', ')}; it was given ${String(algorithm)}`,
      );
    return createHash(algorithm.replace('-', '').toLowerCase()).update(value, 'utf8').digest('hex');
  },
  parse: (text: unknown) => {
    if (text === undefined) return undefined;
    if (typeof text !== 'string') throw failure('T0410', '$parse needs a string of JSON');
    try {
      return JSON.parse(text);
    } catch (error) {
      throw failure(
        'D3137',
        `$parse needs a string of JSON: ${error instanceof Error ? error.message : error}`,
      );
    }
  },
  eval: () => {
    throw failure('T1006', 'Attempted to invoke a non-function');
  },
};

/** Functions whose values differ from call to call: AWS's, and JSONata's own that would draw from the process. */
export function chanceFunctions(chance: Chance): Readonly<Record<string, ExtraFunction>> {
  return {
    random: (seed: unknown) => {
      if (seed === undefined) return chance.random();
      if (typeof seed !== 'number') throw failure('T0410', '$random needs a number as its seed');
      return seeded(seed);
    },
    shuffle: (items) => (Array.isArray(items) ? shuffled(items, chance) : items),
    uuid: () => chance.uuid(),
  };
}

/** Numbers are cut towards zero, as on AWS. */
function integer(value: unknown, name: string): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'number') throw failure('T0410', `$${name} needs numbers`);
  return Math.trunc(value);
}

/** A range of one number is that number, as on AWS. */
function singletonCollapsed(numbers: number[]): unknown {
  return numbers.length === 1 ? numbers[0] : numbers;
}

/** JSONata's own would draw from the process's chance instead. */
function shuffled(items: readonly unknown[], chance: Chance): unknown[] {
  const mixed = [...items];
  for (let last = mixed.length - 1; last > 0; last--) {
    const drawn = Math.floor(chance.random() * (last + 1));
    [mixed[last], mixed[drawn]] = [mixed[drawn], mixed[last]];
  }
  return mixed;
}

/** The first number of Java's generator after a seed, which is the one that AWS gives (measured). */
function seeded(seed: number): number {
  const multiplier = 0x5_deec_e66dn;
  let state = BigInt(Math.trunc(seed)) ^ multiplier;
  const bits = (count: number): number => {
    state = BigInt.asUintN(48, state * multiplier + 11n);
    return Number(state >> BigInt(48 - count));
  };
  return (bits(26) * 2 ** 27 + bits(27)) / 2 ** 53;
}

function failure(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
