import * as fc from 'fast-check';
import { additionAt, judgeLaws, lawAt, lawsAt, lawsOf } from '../../../tasks/plan-run/model/laws.ts';

const NOISE = 0.01;
const LAWS = lawsOf();
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
        expect(open.mean).toBeCloseTo(0, 9);
        const apart = departures.map((departure, at) => departure ** 2 * (LAWS.likelihoods[at] ?? 0));
        expect(open.variance).toBeCloseTo(
          apart.reduce((sum, one) => sum + one, 0),
          9,
        );
      }),
    );
  });

  it('let expect what was measured of such jobs, and no more than that where it is so', () => {
    const measured = lawsOf(0.3);
    for (const load of [0.1, 1, 7]) {
      const { expected, departures } = lawsAt(measured, load);
      expect(expected).toBeCloseTo(Math.log(0.3 + 0.7 * load), 12);
      expect(departures[0]).toBe(0);
    }
    expect(measured.likelihoods.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 12);
  });

  it('are drawn as often as they are likely', () => {
    const drawn = Array.from({ length: 100 }, (_, index) => lawAt(LAWS, (index + 0.5) / 100));
    expect(drawn).toEqual(drawn.toSorted((a, b) => a - b));
    expect(Array.from({ length: COUNT }, (_, one) => drawn.filter((other) => other === one).length)).toEqual([
      13, 17, 20, 20, 15, 10, 5,
    ]);
  });
});
