import { cheapestWithin } from '../../../tasks/plan-run/model/cheapest-within.ts';
import { genericPrior } from '../../../tasks/plan-run/model/generic-prior.ts';
import { type Run, RuntimeModel } from '../../../tasks/plan-run/model/runtime-model.ts';
import { randomOf } from '../../../tasks/plan-run/model/seeded-random.ts';

const machine = (instanceCount: number) => ({
  instanceType: 'm7g.xlarge',
  instanceCount,
  vcpu: 4,
  memoryGiB: 16,
});
/** 20 s, and 8 s for each gigabyte and slot. */
const law = (gigabytes: number, instanceCount: number): number =>
  20 + (8 * 40 * gigabytes) / (instanceCount * 4);
const run = (gigabytes: number, instanceCount: number, factor = 1): Run => ({
  features: { size_gb: gigabytes },
  machine: machine(instanceCount),
  runtimeSeconds: law(gigabytes, instanceCount) * factor,
});
const asked = (gigabytes: number, instanceCount: number) => ({
  features: { size_gb: gigabytes },
  machine: machine(instanceCount),
});
const errorOf = (model: RuntimeModel, gigabytes: number, instanceCount: number, seconds = law): number =>
  Math.abs(
    Math.exp(model.predict(asked(gigabytes, instanceCount)).logMean) / seconds(gigabytes, instanceCount) - 1,
  );

/** Runs with noise, and now and then one that takes three times as long. */
function noisy(count: number, stragglers: number): Run[] {
  const random = randomOf(7);
  return Array.from({ length: count }, (_, index) =>
    run(
      5 + 20 * random.next(),
      random.pick([2, 4, 8, 16]),
      random.factor(0.05) * (index < stragglers ? 3 : 1),
    ),
  );
}

describe('the runtime model', () => {
  it('knows little without runs, and says so', () => {
    const { logDeviation } = new RuntimeModel([], genericPrior, [asked(10, 4)]).predict(asked(10, 4));
    expect(logDeviation).toBeGreaterThan(0.9);
  });

  it('follows the law of input and slots through runs, on all machines or all but the driver’s', () => {
    for (const driverApart of [false, true]) {
      const seconds = (gigabytes: number, count: number): number =>
        law(gigabytes, driverApart ? count - 1 : count);
      const errors = (counts: readonly number[]): number[] => {
        const runs = counts.map((count) => ({ ...run(10, count), runtimeSeconds: seconds(10, count) }));
        const model = new RuntimeModel(runs, genericPrior, []);
        return [
          ...[3, 4, 6, 8].map((count) => errorOf(model, 10, count, seconds)),
          errorOf(model, 14, 6, seconds),
        ];
      };
      // Two runs leave open which of both it is.
      for (const error of errors([2, 12])) expect(error).toBeLessThan(0.15);
      for (const error of errors([2, 4, 12]).slice(0, -1)) expect(error).toBeLessThan(0.06);
    }
  });

  it('takes two runs that no number of slots explains for uncertain, not for a law of their own', () => {
    const model = new RuntimeModel([run(10, 2, 15), run(10, 8)], genericPrior, []);
    const { logMean, logDeviation } = model.predict(asked(10, 12));
    expect(Math.exp(logMean)).toBeGreaterThan((law(10, 8) * 8) / 12 / 2);
    expect(Math.abs(Math.log(law(10, 12)) - logMean)).toBeLessThan(1.645 * logDeviation);
  });

  it('leaves the time open between runs that contradict each other', () => {
    const [fast, slow] = [law(10, 4), 3 * law(10, 4)];
    for (const runs of [
      [run(10, 4), run(10, 4, 3)],
      [run(10, 4), run(10, 4, 3), run(10, 4, 2.9)],
    ]) {
      const { logMean, logDeviation } = new RuntimeModel(runs, genericPrior, []).predict(asked(10, 4));
      const bound = (side: number): number => Math.exp(logMean + side * 1.645 * logDeviation);
      expect(Math.exp(logMean)).toBeGreaterThan(1.3 * fast);
      expect(Math.exp(logMean)).toBeLessThan(slow);
      expect(bound(-1)).toBeLessThan(1.3 * fast);
      expect(bound(1)).toBeGreaterThan(0.95 * slow);
    }
  });

  it('is less certain the further it is asked from what it knows', () => {
    const model = new RuntimeModel([run(10, 2), run(10, 12)], genericPrior, []);
    const deviation = (gigabytes: number, count: number) =>
      model.predict(asked(gigabytes, count)).logDeviation;
    expect(deviation(10, 4)).toBeLessThan(deviation(40, 4));
    expect(deviation(40, 4)).toBeLessThan(deviation(160, 4));
    expect(deviation(10, 12)).toBeLessThan(deviation(10, 60));
  });

  it('learns nothing of other machines by the same run again, however unexpected it was', () => {
    for (const factor of [0.1, 1, 100]) {
      const deviations = [4, 5, 8].map((count) => {
        const runs = Array.from({ length: count }, (_, at) => run(10, 4, factor * (1 + 0.01 * (at % 3))));
        return new RuntimeModel(runs, genericPrior, []).predict(asked(10, 16)).logDeviation;
      });
      for (const deviation of deviations) expect(deviation / (deviations[0] ?? 0)).toBeCloseTo(1, 1);
    }
  });

  it('comes close with many runs, and is not led astray by stragglers', () => {
    const [clean, disturbed] = [0, 4].map(
      (stragglers) => new RuntimeModel(noisy(60, stragglers), genericPrior, []),
    );
    for (const count of [2, 6, 16]) {
      expect(clean && errorOf(clean, 12, count)).toBeLessThan(0.06);
      expect(disturbed && errorOf(disturbed, 12, count)).toBeLessThan(0.1);
    }
  });

  it('learns of many runs in any order, and of all kinds where small and large ones alternate', () => {
    const seconds = (runs: readonly Run[]): number =>
      Math.exp(new RuntimeModel(runs, genericPrior, []).predict(asked(40, 8)).logMean);
    const runs = Array.from({ length: 200 }, (_, index) =>
      run(index % 2 === 0 ? 1 : 40, 4 + 4 * (index % 3)),
    );
    expect(seconds(runs.toReversed())).toBe(seconds(runs));
    for (const count of [191, 192, 193, 200]) {
      expect(Math.abs(seconds(runs.slice(0, count)) / law(40, 8) - 1)).toBeLessThan(0.02);
    }
  });

  it('takes what is not told as it usually is', () => {
    const columns = (index: number) => 10 + 5 * (index % 3);
    const measured = noisy(60, 0);
    const runs = measured.map((one, index) => ({
      ...one,
      features: { ...one.features, columns: columns(index) },
    }));
    const model = new RuntimeModel(runs, genericPrior, []);
    for (const gigabytes of [8, 20]) expect(errorOf(model, gigabytes, 6)).toBeLessThan(0.06);
    const middle = measured.map(({ features }) => features['size_gb'] ?? 0).sort((a, b) => a - b)[30] ?? 0;
    const { logMean } = model.predict({ features: {}, machine: machine(6) });
    expect(Math.abs(Math.exp(logMean) / law(middle, 6) - 1)).toBeLessThan(0.1);
  });

  it('follows the law where nothing tells the size of the input', () => {
    const of = (count: number): Run => ({ ...run(10, count), features: { records: 1e6 } });
    const model = new RuntimeModel([of(2), of(12)], genericPrior, []);
    for (const count of [3, 6, 20]) {
      expect(Math.abs(Math.exp(model.predict(of(count)).logMean) / law(10, count) - 1)).toBeLessThan(0.15);
    }
  });

  it('reads all sizes of one name by one unit', () => {
    const of = (size: number): Run => ({ ...run(size, 4), features: { data_size: size } });
    const model = new RuntimeModel([of(40), of(60)], genericPrior, []);
    for (const size of [70, 79, 80, 90]) {
      expect(Math.abs(Math.exp(model.predict(of(size)).logMean) / law(size, 4) - 1)).toBeLessThan(0.1);
    }
  });

  it('takes a parameter of zero as a step below the least, not as worlds away', () => {
    const of = (share: number, count: number): Run => {
      const { features, runtimeSeconds, ...one } = run(10, count);
      return { ...one, features: { ...features, share }, runtimeSeconds: runtimeSeconds * (1 + share) };
    };
    const errorFrom = (shares: readonly number[], asked: number): number => {
      const runs = shares.flatMap((share) => [of(share, 2), of(share, 12)]);
      const { logMean } = new RuntimeModel(runs, genericPrior, []).predict(of(asked, 6));
      return Math.abs(Math.exp(logMean) / of(asked, 6).runtimeSeconds - 1);
    };
    expect(errorFrom([0.5, 1], 0)).toBeLessThan(0.2);
    expect(errorFrom([0.5, 1], 0.001)).toBeLessThan(0.2);
    expect(errorFrom([0, 0.5], 0.25)).toBeLessThan(0.1);
    expect(errorFrom([0], 0.1)).toBeLessThan(0.2);
  });

  it('has bounds that hold nine in ten of the runs that come', () => {
    const model = new RuntimeModel(noisy(60, 0), genericPrior, []);
    const random = randomOf(99);
    let held = 0;
    for (let index = 0; index < 200; index += 1) {
      const [gigabytes, count] = [5 + 20 * random.next(), random.pick([2, 4, 8, 16])];
      const { logMean, logDeviation } = model.predict(asked(gigabytes, count));
      const actual = Math.log(law(gigabytes, count) * random.factor(0.05));
      if (Math.abs(actual - logMean) <= 1.645 * logDeviation) held += 1;
    }
    expect(held).toBeGreaterThan(165);
    expect(held).toBeLessThan(200);
  });

  it('learns what memory that runs short costs', () => {
    const random = randomOf(3);
    const slow = (gigabytes: number, count: number) => (gigabytes > count * 3 ? 3 : 1);
    const runs = Array.from({ length: 80 }, () => {
      const [gigabytes, count] = [5 + 30 * random.next(), random.pick([2, 4, 8, 16])];
      return run(gigabytes, count, random.factor(0.03) * slow(gigabytes, count));
    });
    const model = new RuntimeModel(runs, genericPrior, []);
    const factor = (count: number) => Math.exp(model.predict(asked(30, count)).logMean) / law(30, count);
    expect(factor(4)).toBeGreaterThan(2);
    expect(factor(16)).toBeLessThan(1.3);
  });
});

describe('the cheapest within a deadline', () => {
  const candidates = [2, 4, 8, 16].map((count) => ({ ...machine(count), pricePerHour: 0.2 }));
  const within = (deadline: number, runs: readonly Run[]) =>
    cheapestWithin(
      candidates,
      { size_gb: 10 },
      deadline,
      (around) => new RuntimeModel(runs, genericPrior, around),
    )?.machine.instanceCount;

  it('is as small as the deadline allows', () => {
    const runs = [run(10, 2), run(10, 16), run(8, 4)];
    expect([2, 4, 8, 16].map((count) => within(law(10, count) * 1.25, runs))).toEqual([2, 4, 8, 16]);
  });

  it('is the fastest when nothing is', () => {
    expect(within(1, [run(10, 2), run(10, 16)])).toBe(16);
  });

  it('is neither the smallest nor needlessly dear when nothing is known', () => {
    const chosen = within(100, []) ?? 0;
    expect(chosen).toBeGreaterThan(2);
    expect(within(1e6, [])).toBeLessThanOrEqual(chosen);
  });
});
