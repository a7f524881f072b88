import * as fc from 'fast-check';
import { additionAt, judgeLaws, LAWS, lawAt, lawsAt } from '../../../tasks/plan-run/model/laws.ts';

const NOISE = 0.01;
const loads = fc.uniqueArray(fc.double({ min: 0.05, max: 20, noNaN: true }), { minLength: 2, maxLength: 12 });
const law = fc.nat({ max: LAWS - 1 });

/** The verdict on targets that differ by nothing but a little noise from what they should be. */
function judged(at: readonly number[], targets: readonly number[]) {
  const size = at.length;
  const factor = new Float64Array(size * size);
  for (let row = 0; row < size; row += 1) factor[row * (size + 1)] = NOISE;
  const departures = Float64Array.from({ length: LAWS * size }, (_, index) => {
    const place = Math.floor(index / size);
    return lawsAt(at[index % size] ?? 1).departures[place] ?? 0;
  });
  return judgeLaws(factor, size, Float64Array.from(targets), departures);
}

describe('the laws', () => {
  it('agree on what is usual', () => {
    expect(lawsAt(1).mean).toBeCloseTo(0, 12);
    for (const departure of lawsAt(1).departures) expect(departure).toBeCloseTo(0, 12);
  });

  it('are found by runs that follow one', () => {
    fc.assert(
      fc.property(loads, law, (at, followed) => {
        fc.pre(Math.max(...at) / Math.min(...at) > 3);
        const targets = at.map((load) => lawsAt(load).departures[followed] ?? 0);
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
        const { departures } = lawsAt(asked);
        const nothing = new Float64Array(known.length);
        const found = judged(
          known,
          known.map((load) => lawsAt(load).departures[followed] ?? 0),
        );
        expect(additionAt(found, departures, nothing).mean).toBeCloseTo(departures[followed] ?? 0, 2);
        const open = additionAt(judged([1], [0]), departures, new Float64Array(1));
        expect(open.mean).toBeCloseTo(0, 9);
        expect(open.variance).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('are drawn as often as they are likely', () => {
    const drawn = Array.from({ length: 100 }, (_, index) => lawAt((index + 0.5) / 100));
    expect(drawn).toEqual(drawn.toSorted((a, b) => a - b));
    expect(Array.from({ length: LAWS }, (_, one) => drawn.filter((other) => other === one).length)).toEqual([
      13, 17, 20, 20, 15, 10, 5,
    ]);
  });
});
