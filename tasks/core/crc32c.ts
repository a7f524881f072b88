/**
 * The CRC32C (Castagnoli) of bytes that come in pieces, about as fast as a native module computes it.
 *
 * A checksum is the remainder of the bytes, read as a polynomial, by the CRC's. That one divides
 * 1 + x^2751 + x^4508 + x^5275 (no polynomial of so few terms is shorter); squared five times over GF(2), the same of
 * x^32. So a word may be put out of the way by adding it to the words 767, 2524 and 5275 places on, and no table is
 * needed until the last 5275 words (after K. Kadatch and B. Jenkins, "Everything we know about CRC but afraid to
 * forget", and G. Russell, "Chorba: A novel CRC32 implementation").
 */
export class Crc32c {
  /** The last words, each with all that was added to it. */
  readonly #last = new Int32Array(SPAN);
  /** How many of them there were: in front of these are zeros, which leave no remainder. */
  #lastWords = 1;
  /** What does not fill a step yet. */
  readonly #rest = new Uint8Array(STEP_BYTES);
  #restBytes = 0;

  constructor() {
    this.#last[SPAN - 1] = START;
  }

  update(bytes: Uint8Array): this {
    for (let at = 0; at < bytes.length; ) {
      windowBytes.set(this.#rest.subarray(0, this.#restBytes));
      const piece = bytes.subarray(at, at + WINDOW_WORDS * WORD_BYTES - this.#restBytes);
      windowBytes.set(piece, this.#restBytes);
      at += piece.length;
      const filled = this.#restBytes + piece.length;
      const folded = filled - (filled % STEP_BYTES);
      this.#fold(folded / WORD_BYTES);
      this.#restBytes = filled - folded;
      this.#rest.set(windowBytes.subarray(folded, filled));
    }
    return this;
  }

  /** Of all bytes until now, an unsigned 32-bit number. */
  get value(): number {
    const words = this.#last.slice(SPAN - this.#lastWords);
    // What the last words were added to one another is taken back.
    for (let i = words.length - 1; i >= NEAR; i -= 1) {
      words[i] = at(words, i) ^ at(words, i - NEAR) ^ (i >= FAR ? at(words, i - FAR) : 0);
    }
    const remainder = byTable(new Uint8Array(words.buffer), 0);
    return ~byTable(this.#rest.subarray(0, this.#restBytes), remainder) >>> 0;
  }

  /** As Cloud Storage writes it: base64 of the big-endian value. */
  get base64(): string {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(this.value);
    return bytes.toString('base64');
  }

  /** Folds words at the beginning of the window. */
  #fold(words: number): void {
    spanAndWindow.set(this.#last);
    foldWindow(words);
    this.#last.set(spanAndWindow.subarray(words, words + SPAN));
    this.#lastWords = Math.min(this.#lastWords + words, SPAN);
  }
}

/** The polynomial, bits reversed. */
const POLYNOMIAL = 0x82f63b78;
/** The word that leaves the remainder which every CRC32C begins with, all ones. */
const START = 0x641f6454;

const NEAR = 5275 - 4508;
const FAR = 5275 - 2751;
const SPAN = 5275;
const WORD_BYTES = 4;
const STEP_WORDS = 4;
const STEP_BYTES = STEP_WORDS * WORD_BYTES;
const WINDOW_WORDS = 16 * 1024;

/** Shared by all checksums: the last words of one, and behind them what is to be folded. */
const spanAndWindow = new Int32Array(SPAN + WINDOW_WORDS);
const windowBytes = new Uint8Array(spanAndWindow.buffer, SPAN * WORD_BYTES);

/**
 * Folds so many words of the window. Inside a function, for of a module's own constants a bundler makes variables, and
 * only what is constant the compiler builds into the loop.
 */
const foldWindow = (() => {
  const start = spanAndWindow;
  const here = start.subarray(SPAN);
  const near = start.subarray(SPAN - NEAR);
  const far = start.subarray(SPAN - FAR);
  return (words: number): void => {
    for (let i = 0; i < words; i += STEP_WORDS) {
      const [j, k, l] = [i + 1, i + 2, i + 3];
      here[i] = at(here, i) ^ at(near, i) ^ at(far, i) ^ at(start, i);
      here[j] = at(here, j) ^ at(near, j) ^ at(far, j) ^ at(start, j);
      here[k] = at(here, k) ^ at(near, k) ^ at(far, k) ^ at(start, k);
      here[l] = at(here, l) ^ at(near, l) ^ at(far, l) ^ at(start, l);
    }
  };
})();

const at = (words: Int32Array, index: number): number => words[index] ?? 0;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  return crc;
});

/** The remainder after more bytes, without the inversion that ends a CRC. */
function byTable(bytes: Uint8Array, remainder: number): number {
  let crc = remainder;
  for (const byte of bytes) crc = (TABLE[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return crc;
}
