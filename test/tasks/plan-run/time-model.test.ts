import type { Run } from '../../../tasks/plan-run/model/runtime-model.ts';
import { type Random, randomOf } from '../../../tasks/plan-run/model/seeded-random.ts';
import published from '../../../tasks/plan-run/prices.json' with { type: 'json' };
import { pricesSchema } from '../../../tasks/plan-run/prices.ts';
import { TimeModel } from '../../../tasks/plan-run/time-model.ts';

const RATE = pricesSchema.parse(published).glue;
const machine = (instanceCount: number, instanceType = 'G.1X') => ({
  instanceType,
  instanceCount,
  vcpu: instanceType === 'G.1X' ? 4 : 8,
  memoryGiB: instanceType === 'G.1X' ? 16 : 32,
});
const drawn = (random: Random) => ({
  of: machine(random.pick([2, 4, 6, 10, 16]), random.pick(['G.1X', 'G.2X'])),
  bytes: 1e8 * 1000 ** random.next(),
});

/** The mean error, as a factor, after so many runs of jobs that take the rates of the price table times these. */
function errorAfter(count: number, fixed: number, rate: number): number {
  const errors = Array.from({ length: 20 }, (_, seed) => {
    const random = randomOf(seed + 1);
    const seconds = ({ of, bytes }: ReturnType<typeof drawn>): number =>
      fixed * RATE.fixedSeconds +
      (rate * RATE.secondsPerMegabyteAndSlot * bytes) / 1e6 / (of.instanceCount * of.vcpu);
    const runs = Array.from({ length: count }, () => {
      const one = drawn(random);
      return {
        features: { size_bytes: one.bytes },
        machine: one.of,
        runtimeSeconds: seconds(one) * random.factor(0.05),
      };
    });
    const model = new TimeModel(runs, RATE, machine(4));
    const asked = Array.from({ length: 10 }, () => drawn(random));
    const apart = asked.map((one) => Math.abs(Math.log(seconds(one) / model.seconds(one.of, one.bytes))));
    return apart.reduce((sum, one) => sum + one, 0) / apart.length;
  });
  return errors.reduce((sum, one) => sum + one, 0) / errors.length;
}

describe('the time model', () => {
  it('has the rates of the price table before the first run', () => {
    expect(errorAfter(0, 1, 1)).toBeLessThan(0.02);
  });

  it('takes twice as long for twice the work, however much that is', () => {
    const model = new TimeModel([], RATE, machine(4));
    for (const bytes of [1e14, 1e15, 1.2e15, 1e17, 1e18])
      expect(model.seconds(machine(16), 2 * bytes) / model.seconds(machine(16), bytes)).toBeCloseTo(2, 3);
  });

  it('is hardly led away from rates that are right', () => {
    expect(errorAfter(3, 1, 1)).toBeLessThan(0.08);
  });

  it('believes what the rules make of the content until runs tell otherwise', () => {
    const factors = { narrow: { rowWidth: 1.6 }, wide: { rowWidth: 0.8 } };
    // Its time goes with the text alone, whatever its rows are like.
    const runs = Array.from({ length: 20 }, (_, index) => {
      const rows = index % 3 === 0 ? factors.narrow : factors.wide;
      const text = (5 + ((index * 37) % 40)) * 1e9;
      const of = machine([7, 15, 31][(index * 5) % 3] as number);
      const seconds = 30 + (0.5 * text) / 1e6 / (of.instanceCount * of.vcpu);
      return {
        features: { ...rows, size_bytes: text * rows.rowWidth },
        machine: of,
        runtimeSeconds: seconds,
      };
    });
    const seconds = (known: readonly Run[], rows: { rowWidth: number }): number =>
      new TimeModel(known, RATE, machine(4), rows).seconds(machine(15), 20e9 * rows.rowWidth);
    expect(seconds([], factors.narrow) / seconds([], factors.wide)).toBeGreaterThan(1.5);
    const truth = 30 + (0.5 * 20e9) / 1e6 / 60;
    for (const rows of Object.values(factors)) {
      expect(Math.abs(seconds(runs, rows) / truth - 1)).toBeLessThan(0.05);
    }
  });

  it('knows small work by runs of less', () => {
    const runs = [8, 9, 8, 8].map((runtimeSeconds) => ({
      features: { size_bytes: 3000 },
      machine: machine(2),
      runtimeSeconds,
    }));
    const model = new TimeModel(runs, RATE, machine(4));
    expect(model.seconds(machine(2), 3000)).toBeLessThan(10);
    expect(model.deviation(3000)).toBeLessThan(0.3);
  });

  it.each([
    ['a fixed part four times as long', 4, 1],
    ['four times as fast', 1, 0.25],
    ['four times as slow', 1, 4],
    ['a fixed part twice as long, at half the rate', 2, 0.5],
  ])('learns from 30 runs that jobs have %s', (_, fixed, rate) => {
    expect(errorAfter(30, fixed, rate)).toBeLessThan(0.08);
    expect(errorAfter(30, fixed, rate)).toBeLessThan(errorAfter(3, fixed, rate));
  });
});
