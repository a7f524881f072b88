import * as fc from 'fast-check';
import { type FuzzySystem, infer, membership, type Trapezoid } from '../../../tasks/plan-run/fuzzy.ts';
import { CAUTION, MEMORY, WORK } from '../../../tasks/plan-run/rules.ts';

/** Tipping by service and food, the example of the textbooks, worked out by hand below. */
const tipping: FuzzySystem = {
  variables: {
    service: { poor: [-1, 0, 2, 6], good: [2, 6, 10, 11] },
    food: { bad: [-1, 0, 3, 5], fine: [3, 5, 10, 11] },
  },
  rules: [
    { when: { service: 'poor', food: 'bad' }, gives: 5, because: 'nothing was right' },
    { when: { service: 'good' }, gives: 15, because: 'somebody cared' },
    { when: { service: 'good', food: 'fine' }, gives: 25, because: 'all was right' },
  ],
};

describe('a trapezoid', () => {
  it.each([
    [1, 0],
    [2, 0],
    [3, 0.5],
    [4, 1],
    [6, 1],
    [7, 0.75],
    [10, 0],
  ])('[2, 4, 6, 10] holds %d to %d', (value, degree) => {
    expect(membership([2, 4, 6, 10], value)).toBe(degree);
  });

  it('may be a step, a point and open to a side', () => {
    expect(membership([5, 5, 5, 5], 5)).toBe(1);
    expect(membership([5, 5, 9, 9], 4.999)).toBe(0);
    const open: Trapezoid = [1, 2, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    expect(membership(open, 1e300)).toBe(1);
    expect(membership([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, 1, 3], 2)).toBe(0.5);
  });
});

describe('inference', () => {
  it('is the mean of what the fired rules give, by their strengths', () => {
    // service 3: poor 0.75, good 0.25; food 4: bad 0.5, fine 0.5.
    // (min(0.75, 0.5) * 5 + 0.25 * 15 + min(0.25, 0.5) * 25) / (0.5 + 0.25 + 0.25) = 12.5
    const { value, fired } = infer(tipping, { service: 3, food: 4 }, 0);
    expect(value).toBe(12.5);
    expect(fired).toEqual([
      { condition: 'service is poor and food is bad', strength: 0.5, gives: 5, because: 'nothing was right' },
      { condition: 'service is good', strength: 0.25, gives: 15, because: 'somebody cared' },
      { condition: 'service is good and food is fine', strength: 0.25, gives: 25, because: 'all was right' },
    ]);
  });

  it('leaves out rules that do not hold at all, and has an answer where none does', () => {
    expect(infer(tipping, { service: 9, food: 1 }, 0)).toMatchObject({ value: 15, fired: [{ gives: 15 }] });
    expect(infer(tipping, { service: 20, food: 20 }, 10)).toEqual({ value: 10, fired: [] });
  });

  it('refuses rules about what nobody defined', () => {
    const rules = [{ when: { service: 'superb' }, gives: 1, because: '' }];
    expect(() => infer({ ...tipping, rules }, { service: 1, food: 1 }, 0)).toThrow('service is superb');
    expect(() => infer(tipping, { service: 1 }, 0)).toThrow('no value of food');
  });

  it('never leaves the range of what its rules give', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 10, noNaN: true }),
        fc.double({ min: 0, max: 10, noNaN: true }),
        (service, food) => {
          const { value } = infer(tipping, { service, food }, 15);
          expect(value).toBeGreaterThanOrEqual(5);
          expect(value).toBeLessThanOrEqual(25);
        },
      ),
    );
  });
});

describe('the rules of sizing', () => {
  it.each(Object.entries({ ...WORK, memory: MEMORY, caution: CAUTION }))(
    'of %s have an answer for everything',
    (_, system: FuzzySystem) => {
      const amounts = fc.oneof(
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        fc.double({ min: 0, max: 5, noNaN: true }),
      );
      const values = fc.record(
        Object.fromEntries(Object.keys(system.variables).map((variable) => [variable, amounts])),
      );
      fc.assert(
        fc.property(values, (given) => {
          expect(infer(system, given, 0).fired.length).toBeGreaterThan(0);
        }),
      );
    },
  );

  it.each([
    ['memory', MEMORY, ['row', 'spread', 'task'], 1],
    ['caution', CAUTION, ['estimate'], 1],
    ['caution', CAUTION, ['promise'], -1],
  ] as const)('ask for more %s the worse it gets: %#', (_, system, worse, sign) => {
    const value = fc.record({
      row: fc.double({ min: 0, max: 3000, noNaN: true }),
      spread: fc.double({ min: 0, max: 10, noNaN: true }),
      task: fc.double({ min: 0, max: 12, noNaN: true }),
      estimate: fc.double({ min: 0, max: 1, noNaN: true }),
      promise: fc.double({ min: 0, max: 60, noNaN: true }),
    });
    fc.assert(
      fc.property(
        value,
        fc.constantFrom(...worse),
        fc.double({ min: 0, max: 10, noNaN: true }),
        (values, variable, more) => {
          const before = infer(system, values, 0).value;
          const after = infer(system, { ...values, [variable]: values[variable] + sign * more }, 0).value;
          expect(after).toBeGreaterThanOrEqual(before - 1e-9);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('give what they say where nothing else holds', () => {
    const plain = { row: 100, spread: 0, task: 0 };
    const memory = (values: Partial<typeof plain>): number => infer(MEMORY, { ...plain, ...values }, 0).value;
    expect([memory({}), memory({ row: 2000 }), memory({ spread: 8 }), memory({ task: 10 })]).toEqual([
      2, 4, 5, 6,
    ]);
  });
});
