import fc from 'fast-check';
import { Crc32c } from '../../../tasks/core/crc32c.ts';

function crc32c(...pieces: Uint8Array[]): number {
  return pieces.reduce((checksum, piece) => checksum.update(piece), new Crc32c()).value;
}

/** By the definition: bit by bit, a shift register with the polynomial's feedback. */
function bitByBit(bytes: Uint8Array): number {
  let register = 0xffffffff;
  for (const byte of bytes) {
    register ^= byte;
    for (let bit = 0; bit < 8; bit += 1)
      register = register & 1 ? (register >>> 1) ^ 0x82f63b78 : register >>> 1;
  }
  return ~register >>> 0;
}

describe('the CRC32C', () => {
  // RFC 3720, B.4, and the check value of the catalogue of CRCs.
  it.each([
    ['', 0],
    ['123456789', 0xe3069283],
    ['\0'.repeat(32), 0x8a9136aa],
    ['\xff'.repeat(32), 0x62a8ab43],
  ])('of %j is the published value', (text, expected) => {
    expect(crc32c(Buffer.from(text, 'latin1'))).toBe(expected);
  });

  it('of 32 rising bytes is the published value', () => {
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, index) => index))).toBe(0x46dd794e);
  });

  it('is the one of the definition, however many bytes there are and wherever they are cut', () => {
    const anyBytes = fc
      .tuple(fc.integer(), fc.oneof(fc.nat(200), fc.nat(200_000)))
      .map(([seed, length]) =>
        Uint8Array.from({ length }, (_, index) => Math.imul(index + seed, 2_654_435_761) >>> 24),
      );
    fc.assert(
      fc.property(anyBytes, fc.nat(200_000), fc.nat(200_000), (bytes, one, other) => {
        const [first, second] = one < other ? [one, other] : [other, one];
        const cut = [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)];
        expect(crc32c(...cut)).toBe(bitByBit(bytes));
      }),
      { numRuns: 25 },
    );
  });

  it('of one object is not disturbed by that of another, nor by being asked for on the way', () => {
    const bytes = Uint8Array.from({ length: 70_001 }, (_, index) => index * index);
    const [one, other] = [new Crc32c(), new Crc32c()];
    for (let start = 0; start < bytes.length; start += 10_007) {
      one.update(bytes.subarray(start, start + 10_007));
      other.update(bytes.subarray(0, start));
      expect(one.value).toBe(bitByBit(bytes.subarray(0, start + 10_007)));
    }
  });
});
