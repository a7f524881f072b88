import type { Contract } from '../../core/contract.ts';

const OTHER = 0x80;

/** Bytes of a character that CSV gives a meaning to. */
export const bytesPerUnit = (encoding: Contract['csv']['encoding']): 1 | 2 =>
  encoding.startsWith('UTF-16') ? 2 : 1;

/** Text as one byte for each character that matters: UTF-16 loses its zeros, and what is not ASCII its meaning. */
export function textUnits(bytes: Uint8Array, encoding: Contract['csv']['encoding'], bigEndian: boolean) {
  if (bytesPerUnit(encoding) === 1) return bytes;
  const units = new Uint8Array(bytes.length >> 1);
  for (let at = 0; at < units.length; at += 1) {
    const first = bytes[at * 2] as number;
    const second = bytes[at * 2 + 1] as number;
    const [high, low] = bigEndian ? [first, second] : [second, first];
    units[at] = high === 0 && low < 128 ? low : OTHER;
  }
  return units;
}

/** UTF-16 says by its first two bytes which of a unit's bytes comes first; without them it is the greater one. */
export function isBigEndian(encoding: Contract['csv']['encoding'], head: Uint8Array): boolean {
  if (encoding === 'UTF-16') return !(head[0] === 0xff && head[1] === 0xfe);
  return encoding === 'UTF-16BE';
}
