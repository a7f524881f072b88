import fc from 'fast-check';
import { crc32c } from '../../../tasks/core/crc32c.ts';

describe('crc32c', () => {
  // RFC 3720, B.4, and the check value of the catalogue of CRCs.
  it.each([
    ['', 0],
    ['123456789', 0xe3069283],
    ['\0'.repeat(32), 0x8a9136aa],
  ])('of %j is the published value', (text, expected) => {
    expect(crc32c(Buffer.from(text, 'latin1'))).toBe(expected);
  });

  it('of 32 rising bytes is the published value', () => {
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, index) => index))).toBe(0x46dd794e);
  });

  it('goes on from any cut, also inside of a larger buffer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (bytes, cut) => {
        const [head, tail] = [bytes.subarray(0, cut), bytes.subarray(cut)];
        expect(crc32c(tail, crc32c(head))).toBe(crc32c(bytes));
      }),
    );
  });
});
