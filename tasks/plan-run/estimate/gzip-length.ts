import { exactly, type Interval, Z90 } from './interval.ts';

/** What was seen of a gzip file: so many bytes of text from so many stored ones of its beginning. */
export interface Beginning {
  textBytes: number;
  storedBytes: number;
  /** Whether another member begins in it. */
  hasMembers: boolean;
}

/** Gzip ends with the length of the last member's text modulo this (RFC 1952). */
const MODULUS = 2 ** 32;
export const TRAILER_BYTES = 8;
/** Text for each stored byte, where nothing could be decompressed. */
const USUAL_RATIO = 5;
/** CSV hardly compresses better than this. */
const HIGH_RATIO = 128;
/** Deflate never compresses better than this. */
export const MAX_RATIO = 1032;
/** A text so many times shorter than the modulus is none that is longer by a multiple of it. */
const FAR_BELOW = 4;
/** A last member's text that is so many times shorter than expected is not all of it. */
const LIKELY = 1.25;
/** The part that nobody can look into may compress so much better or worse (standard deviation of the log). */
const UNSEEN_SPREAD = 0.5;

/**
 * The length of a gzip file's text. Its end states it where the file has one member and the text is below 4 GiB. Whether
 * that is so nobody can see: what the beginning lets expect must say it, or else the interval is as wide as a ratio may
 * change behind the beginning, the more so the less usual it was. No text is shorter than its last member's.
 */
export function textLength(
  sizeBytes: number,
  { textBytes: seen, storedBytes, hasMembers }: Beginning,
  trailer: Uint8Array,
): Interval {
  const unseen = sizeBytes - storedBytes;
  const ratio = seen > 0 ? seen / storedBytes : USUAL_RATIO;
  const [expected, most] = [seen + unseen * ratio, seen + unseen * MAX_RATIO];
  const end = seen > 0 ? statedBy(trailer) : 0;
  const stated = end <= most ? end : 0;
  if (!hasMembers && stated > seen && expected < MODULUS / FAR_BELOW && stated * LIKELY >= expected) {
    const high = Math.min(most, seen + unseen * Math.max(HIGH_RATIO, ratio));
    const isSure = stated <= expected * LIKELY || stated + MODULUS > high;
    return isSure ? exactly(stated) : { value: stated, low: stated, high: Math.round(high) };
  }
  const spread = Math.hypot(UNSEEN_SPREAD, Math.log(ratio / USUAL_RATIO));
  const factor = Math.exp((Z90 * spread * unseen) / sizeBytes);
  const least = Math.max(seen, stated);
  const within = (length: number): number => Math.round(Math.max(least, Math.min(most, length)));
  return { value: within(expected), low: within(expected / factor), high: within(expected * factor) };
}

function statedBy(trailer: Uint8Array): number {
  if (trailer.length < TRAILER_BYTES) return 0;
  return new DataView(trailer.buffer, trailer.byteOffset, TRAILER_BYTES).getUint32(4, true);
}

/** A member begins with two bytes of magic, deflate's number, and no flag that is reserved (RFC 1952). */
const MEMBER = Buffer.from([0x1f, 0x8b, 8]);
const isFlags = (byte: number | undefined): boolean => byte !== undefined && byte < 0x20;
const isEffort = (byte: number | undefined): boolean => byte === 0 || byte === 2 || byte === 4;

/** Whether a member seems to begin in a piece of a gzip file, behind its first byte. */
export function beginsMember(piece: Uint8Array): boolean {
  const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
  for (let at = bytes.indexOf(MEMBER, 1); at > 0; at = bytes.indexOf(MEMBER, at + 1)) {
    if (isFlags(bytes[at + 3]) && isEffort(bytes[at + 8])) return true;
  }
  return false;
}
