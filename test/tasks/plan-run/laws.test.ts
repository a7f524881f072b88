import * as fc from 'fast-check';
import { additionAt, judgeLaws, lawAt, lawsAt, lawsOf } from '../../../tasks/plan-run/model/laws.ts';

const NOISE = 0.01;
const LAWS = lawsOf(0.3, 1.2);
const COUNT = LAWS.shares.length;
const loads = fc.uniqueArray(fc.double({ min: 0.05, max: 20, noNaN: true }), { minLength: 2, maxLength: 12 });
const law = fc.nat({ max: COUNT - 1 });

/** The verdict on targets that differ by nothing but a little noise from what they should be. */
function judged(at: readonly number[], targets: readonly number[]) {
  const size = at.length;
  const factor = new Float64Array(size * size);
  for (let row = 0; row < size; row += 1) factor[row * (size + 1)] = NOISE;
  const departures = Float64Array.from({ length: COUNT * size }, (_, index) => {
    const place = Math.floor(index / size);
    return lawsAt(LAWS, at[index % size] ?? 1).departures[place] ?? 0;
  });
  return judgeLaws(LAWS, factor, size, Float64Array.from(targets), departures);
}

describe('the laws', () => {
  it('agree on what is usual', () => {
    expect(lawsAt(LAWS, 1).expected).toBeCloseTo(0, 12);
    for (const departure of lawsAt(LAWS, 1).departures) expect(departure).toBeCloseTo(0, 12);
  });

  it('are found by runs that follow one', () => {
    fc.assert(
      fc.property(loads, law, (at, followed) => {
        fc.pre(Math.max(...at) / Math.min(...at) > 3);
        const targets = at.map((load) => lawsAt(LAWS, load).departures[followed] ?? 0);
        const { odds } = judged(at, targets);
        expect(odds.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 9);
        expect(odds.indexOf(Math.max(...odds))).toBe(followed);
      }),
    );
  });

  it('add what the one that was found says, and tell how far they are apart where none is', () => {
    fc.assert(
      fc.property(law, fc.double({ min: 0.02, max: 50, noNaN: true }), (followed, asked) => {
        const known = [0.05, 0.3, 1, 4, 20];
        const { departures } = lawsAt(LAWS, asked);
        const nothing = new Float64Array(known.length);
        const found = judged(
          known,
          known.map((load) => lawsAt(LAWS, load).departures[followed] ?? 0),
        );
        expect(additionAt(found, departures, nothing).mean).toBeCloseTo(departures[followed] ?? 0, 2);
        const open = additionAt(judged([1], [0]), departures, new Float64Array(1));
        const mean = (of: (departure: number) => number): number =>
          departures.reduce((sum, departure, at) => sum + of(departure) * (LAWS.likelihoods[at] ?? 0), 0);
        const middle = mean((departure) => departure);
        expect(open.mean).toBeCloseTo(middle, 9);
        expect(open.variance).toBeCloseTo(
          mean((departure) => (departure - middle) ** 2),
          9,
        );
      }),
    );
  });

  it('let expect the share that was measured, as the first of them and the likeliest', () => {
    for (const load of [0.1, 1, 7]) {
      const { expected, departures } = lawsAt(LAWS, load);
      expect(expected).toBeCloseTo(Math.log(0.3 + 0.7 * load), 12);
      expect(departures[0]).toBe(0);
    }
    expect(Math.max(...LAWS.likelihoods)).toBe(LAWS.likelihoods[0]);
    expect(LAWS.likelihoods.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 12);
  });

  it('lie apart by the deviation of the ratio of the fixed part to the rest', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        fc.double({ min: 0.1, max: 2, noNaN: true }),
        (share, deviation) => {
          const { shares, likelihoods } = lawsOf(share, deviation);
          const ratio = (fixed: number): number => Math.log(fixed / (1 - fixed));
          const variance = shares.reduce(
            (sum, fixed, at) => sum + (likelihoods[at] ?? 0) * (ratio(fixed) - ratio(share)) ** 2,
            0,
          );
          expect(Math.sqrt(variance) / deviation).toBeGreaterThan(0.9);
          expect(Math.sqrt(variance) / deviation).toBeLessThan(1.05);
        },
      ),
    );
  });

  it('are drawn as often as they are likely', () => {
    const drawn = Array.from({ length: 1000 }, (_, index) => lawAt(LAWS, (index + 0.5) / 1000));
    expect(drawn).toEqual(drawn.toSorted((a, b) => a - b));
    LAWS.likelihoods.forEach((likelihood, one) => {
      const often = drawn.filter((other) => other === one).length / drawn.length;
      expect(Math.abs(often - likelihood)).toBeLessThan(0.002);
    });
  });
});
