import * as fc from 'fast-check';
import { MAX_FILE_TEXT_BYTES, textShares } from '../../../tasks/plan-run/estimate/text-shares.ts';

const MIB = 1024 * 1024;
const file = fc.record({
  sizeBytes: fc.oneof(fc.integer({ min: 1, max: 8 * MIB }), fc.integer({ min: 1, max: 1e12 })),
  compression: fc.constantFrom('none' as const, 'gzip' as const),
});

test('all files together have no more text looked at than 256 MiB, and none more than it can use', () => {
  fc.assert(
    fc.property(fc.array(file, { maxLength: 500 }), (files) => {
      const shares = textShares(files);
      expect(new Set(shares.map((share) => share.file))).toEqual(new Set(files));
      expect(shares.reduce((sum, { textBytes }) => sum + textBytes, 0)).toBeLessThanOrEqual(256 * MIB);
      for (const share of shares) {
        const { sizeBytes, compression } = share.file;
        expect(share.textBytes).toBeLessThanOrEqual(
          compression === 'gzip' ? MAX_FILE_TEXT_BYTES : Math.min(4 * MIB, sizeBytes),
        );
      }
    }),
  );
});

test('a few files have all they can use', () => {
  const files = [
    { sizeBytes: 1e12, compression: 'none' as const },
    { sizeBytes: 1e12, compression: 'gzip' as const },
    { sizeBytes: 1000, compression: 'none' as const },
  ];
  expect(textShares(files).map(({ textBytes }) => textBytes)).toEqual([1000, 4 * MIB, MAX_FILE_TEXT_BYTES]);
});

test('what short files leave is shared by the long ones', () => {
  const short = Array.from({ length: 64 }, () => ({ sizeBytes: MIB, compression: 'none' as const }));
  const long = Array.from({ length: 64 }, () => ({ sizeBytes: 1e9, compression: 'none' as const }));
  const shares = textShares([...long, ...short]);
  expect(shares.slice(0, 64).every(({ textBytes }) => textBytes === MIB)).toBe(true);
  expect(shares.slice(64).every(({ textBytes }) => textBytes === 3 * MIB)).toBe(true);
});
