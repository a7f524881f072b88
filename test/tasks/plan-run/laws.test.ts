import * as fc from 'fast-check';
import {
  additionAt,
  judgeLaws,
  lawAt,
  lawsAt,
  lawsOf,
  likelyLaws,
} from '../../../tasks/plan-run/model/laws.ts';

const NOISE = 0.01;
const LAWS = lawsOf(0.3, 1.2, 0.4);
const COUNT = LAWS.length;
/** The usual job on so many machines, all of which work or all but one. */
const USUAL_COUNT = 8;
const on = (count: number) => lawsAt(LAWS, USUAL_COUNT / count, USUAL_COUNT / (count - 1));
const counts = fc.uniqueArray(fc.integer({ min: 2, max: 160 }), { minLength: 3, maxLength: 12 });
const law = fc.nat({ max: COUNT - 1 });

/** The verdict on targets that differ by nothing but a little noise from what they should be. */
function judged(at: readonly number[], targets: readonly number[]) {
  const size = at.length;
  const factor = new Float64Array(size * size);
  for (let row = 0; row < size; row += 1) factor[row * (size + 1)] = NOISE;
  const departures = Float64Array.from({ length: COUNT * size }, (_, index) => {
    const place = Math.floor(index / size);
    return on(at[index % size] ?? USUAL_COUNT).departures[place] ?? 0;
  });
  return judgeLaws(LAWS, factor, size, Float64Array.from(targets), departures);
}

describe('the laws', () => {
  it('agree on what is usual', () => {
    expect(lawsAt(LAWS, 1, 1).expected).toBeCloseTo(0, 12);
    for (const departure of lawsAt(LAWS, 1, 1).departures) expect(departure).toBeCloseTo(0, 12);
  });

  it('are found by runs that follow one', () => {
    fc.assert(
      fc.property(counts, law, (at, followed) => {
        // Few machines tell whether one of them does no work, many whether a part of the time is fixed.
        const known = [2, 3, 200, ...at];
        const targets = known.map((count) => on(count).departures[followed] ?? 0);
        const { odds } = judged(known, targets);
        expect(odds.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 9);
        expect(odds.indexOf(Math.max(...odds))).toBe(followed);
      }),
    );
  });

  it('add what the one that was found says, and tell how far they are apart where none is', () => {
    fc.assert(
      fc.property(law, fc.integer({ min: 2, max: 400 }), (followed, asked) => {
        const known = [2, 3, 8, 30, 160];
        const { departures } = on(asked);
        const nothing = new Float64Array(known.length);
        const found = judged(
          known,
          known.map((count) => on(count).departures[followed] ?? 0),
        );
        expect(additionAt(found, departures, nothing).mean).toBeCloseTo(departures[followed] ?? 0, 2);
        // All machines work, and the usual number of them: no law says anything of the only run.
        const flat = judgeLaws(LAWS, Float64Array.of(NOISE), 1, Float64Array.of(0), new Float64Array(COUNT));
        const open = additionAt(flat, departures, new Float64Array(1));
        const mean = (of: (departure: number) => number): number =>
          departures.reduce((sum, departure, at) => sum + of(departure) * (LAWS[at]?.likelihood ?? 0), 0);
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
      const { expected, departures } = lawsAt(LAWS, load, 1.5 * load);
      expect(expected).toBeCloseTo(Math.log(0.3 + 0.7 * load), 12);
      expect(departures[0]).toBe(0);
    }
    const likelihoods = LAWS.map(({ likelihood }) => likelihood);
    expect(Math.max(...likelihoods)).toBe(likelihoods[0]);
    expect(likelihoods.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 12);
  });

  it('lie apart by the deviation of the ratio of the fixed part to the rest', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        fc.double({ min: 0.1, max: 2, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (share, deviation, apart) => {
          const ratio = (fixed: number): number => Math.log(fixed / (1 - fixed));
          const variance = lawsOf(share, deviation, apart).reduce(
            (sum, { fixedShare, likelihood }) => sum + likelihood * (ratio(fixedShare) - ratio(share)) ** 2,
            0,
          );
          expect(Math.sqrt(variance) / deviation).toBeGreaterThan(0.9);
          expect(Math.sqrt(variance) / deviation).toBeLessThan(1.05);
        },
      ),
    );
  });

  it('say the same of all machines and of all but one, but for the load', () => {
    const { expected, departures } = lawsAt(LAWS, 0.7, 0.7);
    const half = COUNT / 2;
    expect(LAWS.map(({ driverApart }) => driverApart)).toEqual(
      Array.from({ length: COUNT }, (_, at) => at >= half),
    );
    for (let at = 0; at < half; at += 1) {
      expect(departures[half + at]).toBeCloseTo(departures[at] ?? 0, 12);
      // Work that one machine fewer does takes so much longer.
      const beside = lawsAt(LAWS, 0.7, 1.4);
      const fixed = LAWS[half + at]?.fixedShare ?? 0;
      expect(beside.expected + (beside.departures[half + at] ?? 0)).toBeCloseTo(
        Math.log(fixed + (1 - fixed) * 1.4),
        12,
      );
    }
    expect(expected).toBeCloseTo(Math.log(0.3 + 0.7 * 0.7), 12);
    expect(LAWS.slice(0, half)).toEqual(
      lawsOf(0.3, 1.2, 0).map((one) => ({ ...one, likelihood: expect.closeTo(0.6 * one.likelihood, 12) })),
    );
  });

  it('are left out where runs refute them, and no others', () => {
    const departures = Float64Array.from({ length: 2 * COUNT }, (_, index) => index);
    const odds = Float64Array.from({ length: COUNT }, (_, at) => (at === 1 || at === 3 ? 0.5 : 1e-4));
    const likely = likelyLaws(LAWS, departures, odds);
    expect([...likely.departures]).toEqual([2, 3, 6, 7]);
    expect(likely.laws).toEqual([LAWS[1], LAWS[3]]);
  });

  it('are drawn as often as they are likely', () => {
    const drawn = Array.from({ length: 1000 }, (_, index) => lawAt(LAWS, (index + 0.5) / 1000));
    expect(drawn).toEqual(drawn.toSorted((a, b) => a - b));
    LAWS.forEach(({ likelihood }, one) => {
      const often = drawn.filter((other) => other === one).length / drawn.length;
      expect(Math.abs(often - likelihood)).toBeLessThan(0.002);
    });
  });
});
