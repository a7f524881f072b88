import { createHash } from 'node:crypto';
import { limits } from '../limits.ts';

/** Where values come from that differ from call to call. */
export interface Chance {
  /** Milliseconds since the epoch. */
  now(): number;
  /** A number of at least 0 and below 1. */
  random(): number;
  /** A version 4 UUID. */
  uuid(): string;
}

/** A function that jsonata can call, with its signature in jsonata's notation. */
export interface ExtraFunction {
  readonly signature?: string;
  readonly call: (...args: unknown[]) => unknown;
}

const hashes = ['MD5', 'SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'];

/**
 * The functions that Step Functions adds to JSONata 2.0.6 (transforming-data), and $eval, which it takes away.
 * $now and $millis are jsonata's own and are bound by the evaluator to the engine's clock.
 */
export function extraFunctions(chance: Chance): Record<string, ExtraFunction> {
  return {
    partition: {
      call: (items: unknown, size: unknown) => {
        if (items === undefined) return undefined;
        const list = Array.isArray(items) ? items : [items];
        const chunk = positiveInteger(size, 'partition', 'chunk size');
        const chunks: unknown[][] = [];
        for (let start = 0; start < list.length; start += chunk)
          chunks.push(list.slice(start, start + chunk));
        return chunks;
      },
    },
    range: {
      call: (first: unknown, last: unknown, step: unknown) => {
        const [from, to, by] = [first, last, step].map((value) => integer(value, 'range'));
        if (from === undefined || to === undefined || by === undefined || by === 0)
          throw failure('D3137', '$range needs a first number, a last number and a step other than 0');
        const numbers: number[] = [];
        for (let value = from; by > 0 ? value <= to : value >= to; value += by) {
          numbers.push(value);
          if (numbers.length > limits.rangeItems)
            throw failure('D3137', `$range yields at most ${limits.rangeItems} numbers`);
        }
        return singletonCollapsed(numbers);
      },
    },
    hash: {
      call: (value: unknown, algorithm: unknown) => {
        if (value === undefined) return undefined;
        if (typeof value !== 'string') throw failure('T0410', '$hash needs a string to hash');
        if (typeof algorithm !== 'string' || !hashes.includes(algorithm))
          throw failure(
            'D3137',
            `$hash knows the algorithms ${hashes.join(', ')}; it was given ${String(algorithm)}`,
          );
        return createHash(algorithm.replace('-', '').toLowerCase()).update(value, 'utf8').digest('hex');
      },
    },
    random: {
      call: (seed: unknown) => {
        if (seed === undefined) return chance.random();
        if (typeof seed !== 'number') throw failure('T0410', '$random needs a number as its seed');
        return seeded(seed);
      },
    },
    uuid: { call: () => chance.uuid() },
    parse: {
      call: (text: unknown) => {
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
    },
    eval: {
      call: () => {
        throw failure('T1006', 'Attempted to invoke a non-function');
      },
    },
  };
}

function integer(value: unknown, name: string): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'number') throw failure('T0410', `$${name} needs numbers`);
  return Math.floor(value);
}

function positiveInteger(value: unknown, name: string, what: string): number {
  const number = integer(value, name);
  if (number === undefined || number < 1) throw failure('D3137', `$${name} needs a positive ${what}`);
  return number;
}

/** A range of one number is that number, as on AWS. */
function singletonCollapsed(numbers: number[]): unknown {
  return numbers.length === 1 ? numbers[0] : numbers;
}

/** One step of a 32-bit mixing function: the same seed gives the same number. */
function seeded(seed: number): number {
  let state = Math.trunc(seed) | 0;
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
}

function failure(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
