import * as fc from 'fast-check';
import type { WarmCluster } from '../../../tasks/core/records.ts';
import { type Candidate, candidatesFor, memoryPerSlot } from '../../../tasks/plan-run/candidates.ts';
import { ALMOST_FASTEST, type Circumstances, choose } from '../../../tasks/plan-run/choose.ts';
import type { FileEstimate } from '../../../tasks/plan-run/estimate/file-estimate.ts';
import { exactly } from '../../../tasks/plan-run/estimate/interval.ts';
import { explain } from '../../../tasks/plan-run/explain.ts';
import type { Run } from '../../../tasks/plan-run/model/runtime-model.ts';
import { randomOf } from '../../../tasks/plan-run/model/seeded-random.ts';
import { PARQUET_SHARE, type Priced } from '../../../tasks/plan-run/priced.ts';
import published from '../../../tasks/plan-run/prices.json' with { type: 'json' };
import { pricesSchema } from '../../../tasks/plan-run/prices.ts';
import { type Setback, setbackOf } from '../../../tasks/plan-run/setbacks/setback.ts';
import { jobLimitSeconds, LONGEST_JOB_SECONDS } from '../../../tasks/plan-run/time-limit.ts';
import { timesOf } from '../../../tasks/plan-run/times-of.ts';
import { workloadOf } from '../../../tasks/plan-run/workload.ts';
import { contractOf } from '../../fakes/samples.ts';

const prices = pricesSchema.parse(published);
const candidates = candidatesFor(prices, [], new Date(0));
const MB = 1e6;
const GB = 1e9;

const estimateOf = (textBytes: number, changes: Partial<FileEstimate> = {}): FileEstimate => ({
  storedBytes: textBytes,
  textBytes: exactly(textBytes),
  rows: exactly(Math.ceil(textBytes / 150)),
  columns: 19,
  rowSpread: 0.3,
  quotedShare: 0,
  multiLineShare: 0,
  unsplittableBytes: 0,
  longestTaskBytes: 0,
  reads: 1,
  ...changes,
});

const circumstances = (changes: Partial<Circumstances> = {}): Circumstances => ({
  contract: contractOf(),
  candidates,
  times: unknown,
  egressUsdPerGb: prices.egressUsdPerGb,
  setbacks: [],
  shortages: [],
  ...changes,
});

const planOf = (estimate: FileEstimate, changes: Partial<Circumstances> = {}) =>
  choose(workloadOf(estimate, contractOf(), 0), circumstances(changes));

/** Noisy runs of a job that takes so many seconds for a megabyte and slot. */
function runsOf(count: number, seed: number, rate: number): Run[] {
  const random = randomOf(seed);
  return Array.from({ length: count }, () => {
    const machine = random.pick(candidates.filter(({ engine }) => engine === 'glue')).machine;
    const bytes = 50 * MB * 100 ** random.next();
    const seconds = 25 + (rate * bytes) / MB / (machine.instanceCount * machine.vcpu);
    const straggler = random.next() < 0.05 ? 4 : 1;
    return {
      features: { size_bytes: bytes },
      machine,
      runtimeSeconds: seconds * random.factor(0.1) * straggler,
    };
  });
}

const unknown = timesOf({ glue: [], emr: [] }, prices);
const known = [
  unknown,
  ...[3, 12, 30].flatMap((count) => [0.15, 1, 2.5].map((rate) => timesAfter(count, rate))),
];
function timesAfter(count: number, rate: number) {
  return timesOf({ glue: runsOf(count, count, rate), emr: count > 5 ? runsOf(3, 9, rate) : [] }, prices);
}
const histories = fc.constantFrom(...known);
const sizes = fc.double({ min: 3, max: 15, noNaN: true }).map((power) => 10 ** power);
const promises = fc.oneof(
  fc.integer({ min: 120, max: 14_400 }),
  fc.integer({ min: 14_400, max: 10 * 86_400 }),
);
const contractWithin = (latencySeconds: number, changes = {}) => contractOf({ latencySeconds, ...changes });

describe('a plan', () => {
  it('for more work is never expected to cost less', () => {
    fc.assert(
      fc.property(
        sizes,
        fc.double({ min: 1, max: 20, noNaN: true }),
        promises,
        histories,
        fc.boolean(),
        (size, factor, promise, history, inOneTask) => {
          const changes = { contract: contractWithin(promise), times: history };
          const of = (bytes: number) => {
            const whole = inOneTask ? { unsplittableBytes: bytes, longestTaskBytes: bytes } : {};
            return planOf(estimateOf(bytes, whole), changes);
          };
          const [less, more] = [of(size), of(size * factor)];
          // Where nothing keeps the promise one about as fast as the fastest is taken: of the published table alone that
          // is always a dearer one, unless one task reads it all.
          fc.pre(more.keeps || (history === unknown && !inOneTask));
          expect(more.best.expectedCostUsd).toBeGreaterThanOrEqual(less.best.expectedCostUsd * (1 - 1e-9));
        },
      ),
      { numRuns: 80 },
    );
  });

  it('for a tighter promise is never expected to be slower', () => {
    fc.assert(
      fc.property(sizes, promises, promises, histories, (size, one, other, history) => {
        const times = history;
        const within = (latencySeconds: number) => {
          const contract = contractWithin(latencySeconds);
          return choose(workloadOf(estimateOf(size), contract, 0), circumstances({ contract, times })).best
            .expectedSeconds;
        };
        expect(within(Math.min(one, other))).toBeLessThanOrEqual(within(Math.max(one, other)));
      }),
      { numRuns: 80 },
    );
  });

  it('is never chosen because its price was raised', () => {
    fc.assert(
      fc.property(
        sizes,
        promises,
        fc.nat(candidates.length - 1),
        fc.double({ min: 1, max: 3, noNaN: true }),
        (size, promise, at, factor) => {
          const changes = { contract: contractWithin(promise) };
          const raised = candidates.map(
            (candidate, index): Candidate =>
              index === at ? { ...candidate, usdPerHour: candidate.usdPerHour * factor } : candidate,
          );
          const before = planOf(estimateOf(size), changes).best.name;
          const after = planOf(estimateOf(size), { ...changes, candidates: raised }).best.name;
          expect(after === candidates[at]?.name && before !== after).toBe(false);
        },
      ),
      { numRuns: 80 },
    );
  });

  it('does not depend on the order of the candidates', () => {
    fc.assert(
      fc.property(
        sizes,
        promises,
        fc.shuffledSubarray(candidates, { minLength: candidates.length }),
        (size, promise, shuffled) => {
          const changes = { contract: contractWithin(promise) };
          expect(planOf(estimateOf(size), { ...changes, candidates: shuffled }).best).toEqual(
            planOf(estimateOf(size), changes).best,
          );
        },
      ),
      { numRuns: 80 },
    );
  });

  it('keeps the promise where something does, and says so where nothing does', () => {
    fc.assert(
      fc.property(sizes, promises, (size, promise) => {
        const contract = contractWithin(promise);
        const choice = planOf(estimateOf(size), { contract });
        expect(choice.keeps).toBe(choice.best.safeSeconds <= Math.min(promise, LONGEST_JOB_SECONDS));
        if (!choice.keeps) {
          const isSafe = ({ safeSeconds }: Priced) => safeSeconds <= LONGEST_JOB_SECONDS;
          const almost = choice.priced.filter(
            (one) =>
              one.expectedSeconds <= choice.fastest.expectedSeconds * ALMOST_FASTEST &&
              isSafe(one) === isSafe(choice.fastest),
          );
          expect(almost).toContain(choice.best);
          expect(choice.best.expectedCostUsd).toBe(
            Math.min(...almost.map(({ expectedCostUsd }) => expectedCostUsd)),
          );
        }
        const all = `${choice.priced.length} candidates`;
        const keeps =
          choice.keeping === 1
            ? `the only one of ${all} that keeps`
            : choice.keeping === choice.priced.length
              ? `the cheapest of ${all}, which all keep`
              : `the cheapest of ${choice.keeping} (out of ${all}) that keep`;
        expect(explain(choice, contract)).toContain(choice.keeps ? keeps : 'later than the promise');
      }),
      { numRuns: 80 },
    );
  });

  it('is none that the workflow may end before it is done, as long as another is done in time', () => {
    const days = fc.integer({ min: 3600, max: 10 * 86_400 });
    const large = fc.double({ min: 11, max: 16, noNaN: true }).map((power) => 10 ** power);
    fc.assert(
      fc.property(large, days, histories, fc.boolean(), (size, promise, times, inOneTask) => {
        const whole = inOneTask ? { unsplittableBytes: size, longestTaskBytes: size } : {};
        const contract = contractWithin(promise);
        const choice = planOf(estimateOf(size, whole), { contract, times });
        const isSafe = choice.best.safeSeconds <= LONGEST_JOB_SECONDS;
        expect(isSafe).toBe(choice.priced.some(({ safeSeconds }) => safeSeconds <= LONGEST_JOB_SECONDS));
        expect(jobLimitSeconds(choice.best, 0, 0)).toBeGreaterThanOrEqual(
          Math.min(choice.best.safeSeconds, LONGEST_JOB_SECONDS),
        );
        if (!isSafe) expect(choice.keeps).toBe(false);
        const told = 'It may not finish within 24.0 h, after which the workflow stops a job';
        expect(explain(choice, contract).includes(told)).toBe(!isSafe);
      }),
      { numRuns: 80 },
    );
  });

  it('tells how long a job may take beside a promise that is longer', () => {
    const contract = contractWithin(5 * 86_400);
    expect(explain(planOf(estimateOf(20_000 * GB), { contract }), contract)).toContain(
      'candidates) that keep the promise of 5.0 days (a job is stopped after 24.0 h).',
    );
  });

  it('that is nearly as fast as one that keeps the promise, and cheaper, is taken, and says so', () => {
    const { fastest, priced } = planOf(estimateOf(400 * GB));
    const contract = contractWithin(fastest.safeSeconds);
    const almost = { ...fastest, name: 'almost', usdPerHour: 0.5 * fastest.usdPerHour };
    const slower = { ...almost, startSeconds: almost.startSeconds + 0.05 * fastest.expectedSeconds };
    const choice = planOf(estimateOf(400 * GB), { contract, candidates: [...priced, slower] });
    expect(choice.best.name).toBe('almost');
    expect(explain(choice, contract)).toContain('one keeps it, but this one is nearly as fast and cheaper.');
  });

  it('says why there is no second choice', () => {
    const { fastest, cheapest } = planOf(estimateOf(400 * GB));
    const contract = contractWithin(fastest.safeSeconds);
    const told = (candidates: Candidate[]) =>
      explain(planOf(estimateOf(400 * GB), { contract, candidates }), contract);
    expect(told([fastest, cheapest])).toContain('No other is fast enough.');
    expect(told([fastest])).toContain('There was no other candidate.');
  });

  it('tells the columns that were seen, or that they were assumed', () => {
    const text = (columns: number) => explain(planOf(estimateOf(1 * MB, { columns })), contractOf());
    expect(text(30)).toContain('rows of 30 columns.');
    expect(text(0)).toContain(`rows of ${contractOf().columns.length} columns (assumed).`);
  });

  it('tells one row, one column and one plan as one', () => {
    const workload = workloadOf(estimateOf(150, { columns: 1 }), contractOf(), 1);
    const choice = choose(workload, circumstances({ candidates: candidates.slice(0, 1) }));
    const text = explain(choice, contractOf());
    expect(text).toContain(', 1 row of 1 column;\n  up to 1 row in the table.');
    expect(text).toContain('the only one of 1 candidate that keeps the promise of 30.0 min.');
  });

  it('tells what it makes of the input in lines of 100 columns', () => {
    const text = explain(planOf(estimateOf(400 * GB)), contractOf());
    const told = /^So: [\s\S]*?standard deviations\.$/m.exec(text)?.[0] ?? '';
    expect(told.split('\n').map((line) => line.length <= 100)).toEqual([true, true]);
  });

  it('tells rows that were estimated with their bounds', () => {
    const rows = { value: 1234, low: 1000, high: 1500 };
    expect(explain(planOf(estimateOf(1 * MB, { rows })), contractOf())).toContain(
      ', 1,234 (1,000 to 1,500) rows of 19 columns.',
    );
  });

  it('tells long times in hours and days', () => {
    const text = (latencySeconds: number) =>
      explain(planOf(estimateOf(1 * MB)), contractWithin(latencySeconds));
    expect(text(7200)).toContain('the promise of 2.0 h');
    expect(text(7 * 86_400)).toContain('the promise of 7.0 days');
  });

  it('tells runs that nobody asked for from runs that there are none of', () => {
    const choice = planOf(estimateOf(1 * MB));
    expect(explain(choice, contractOf())).toContain('no run of the dataset on Glue is known yet');
    expect(explain(choice, contractOf(), false)).toContain('runs were not asked for (--learned)');
  });

  it('for a small file is a small Glue job, for a large one with time a cluster', () => {
    expect(planOf(estimateOf(30 * MB)).best.name).toBe('Glue 2 x G.1X');
    const large = planOf(estimateOf(400 * GB), { contract: contractWithin(4 * 3600) }).best;
    expect(large.engine).toBe('emr');
    expect(large.spotCount).toBeGreaterThan(0);
  });

  it('uses the engine that the contract forces', () => {
    const forced = (engine: 'emr' | 'glue') =>
      planOf(estimateOf(30 * MB), { contract: contractWithin(1800, { engine }) }).best.engine;
    expect(forced('emr')).toBe('emr');
    expect(forced('glue')).toBe('glue');
  });

  it('is refused when it costs more than the cap', () => {
    const contract = contractWithin(1800, { maxCostPerRunUsd: 0.05 });
    expect(() => planOf(estimateOf(50 * GB), { contract })).toThrow(
      expect.objectContaining({
        name: 'CostCapExceeded',
        message: expect.stringContaining('cap of 0.05 USD'),
      }),
    );
    expect(planOf(estimateOf(1 * MB), { contract }).best.expectedCostUsd).toBeLessThan(0.05);
  });

  it('may cost as much as the cap, and is told with what the promise leaves no choice of', () => {
    const planned = (latencySeconds: number, maxCostPerRunUsd: number | null) =>
      planOf(estimateOf(50 * GB), { contract: contractWithin(latencySeconds, { maxCostPerRunUsd }) });
    const { best: atEase, keeps } = planned(14_400, null);
    expect(keeps).toBe(true);
    expect(planned(14_400, atEase.expectedCostUsd).best).toEqual(atEase);
    expect(() => planned(14_400, atEase.expectedCostUsd * 0.99)).toThrow(
      'nothing cheaper is done within the promised 14400 s.',
    );
    const { best: inHaste } = planned(1, null);
    expect(() => planned(1, inHaste.expectedCostUsd * 0.99)).toThrow(
      'nothing cheaper is nearly as fast as the fastest, and the promise is 1 s.',
    );
  });

  it('pays for no slots that a file read by one task leaves idle', () => {
    const size = 6 * GB;
    const alone = planOf(estimateOf(size, { unsplittableBytes: size, longestTaskBytes: size }));
    const divided = planOf(estimateOf(size));
    expect(alone.best.expectedSeconds).toBeGreaterThan(divided.best.expectedSeconds);
    const text = explain(alone, contractOf());
    expect(text).toContain('one task must read whole: more machines do not help');
  });

  it('counts the egress to Google only where it goes there', () => {
    const cost = (deliver: 'bigquery' | 'none') =>
      planOf(estimateOf(100 * GB), { contract: contractWithin(14_400, { deliver }) }).best.expectedCostUsd;
    expect(cost('bigquery') - cost('none')).toBeCloseTo(100 * PARQUET_SHARE * prices.egressUsdPerGb, 6);
  });

  it('takes an idle cluster, which needs no start, and none that ends soon', () => {
    const shape = {
      releaseLabel: 'emr-spark-8.1.0',
      instanceType: 'm7g.2xlarge',
      instanceCount: 4,
      spotCount: 0,
    };
    const idle = (keptUntil: string) =>
      candidatesFor(
        prices,
        [{ clusterId: 'j-1', shape, lease: null, keptUntil }],
        new Date('2026-11-24T12:00:00Z'),
      );
    const contract = contractWithin(1800, { engine: 'emr' });
    const warm = planOf(estimateOf(2 * GB), { contract, candidates: idle('2026-11-24T12:10:00Z') });
    expect(warm.best.name).toBe('warm EMR 4 x m7g.2xlarge');
    const cold = planOf(estimateOf(2 * GB), { contract, candidates: idle('2026-11-24T12:01:00Z') });
    expect(cold.best.warm).toBe(false);
  });

  it('takes no cluster that another run has, nor one of machines that have no price', () => {
    const shape = { releaseLabel: 'r', instanceType: 'm7g.2xlarge', instanceCount: 4, spotCount: 0 };
    const cluster = { clusterId: 'j-1', shape, lease: null, keptUntil: new Date(900_000).toISOString() };
    const warmOf = (changed: Partial<WarmCluster>): string[] =>
      candidatesFor(prices, [{ ...cluster, ...changed }], new Date(0))
        .filter(({ warm }) => warm)
        .map(({ name }) => name);
    expect(warmOf({})).toEqual(['warm EMR 4 x m7g.2xlarge']);
    expect(warmOf({ lease: { dataset: 'sales', runId: 'R1', attempt: 1 } })).toEqual([]);
    expect(warmOf({ shape: { ...shape, instanceType: 'm1.small' } })).toEqual([]);
  });

  it('knows of the spot instances of an idle cluster, in its price and after one was lost', () => {
    const shape = {
      releaseLabel: 'emr-spark-8.1.0',
      instanceType: 'c7g.2xlarge',
      instanceCount: 12,
      spotCount: 8,
    };
    const idle = { clusterId: 'j-1', shape, lease: null, keptUntil: new Date(900_000).toISOString() };
    const all = candidatesFor(prices, [idle], new Date(0));
    const named = (name: string) => all.find((candidate) => candidate.name === name) as Candidate;
    const warm = named('warm EMR 12 x c7g.2xlarge, 8 of them spot');
    expect(warm.usdPerHour).toBe(named('EMR 12 x c7g.2xlarge, 8 of them spot').usdPerHour);
    const lost = setbackOf(1, named('EMR 4 x m7g.2xlarge'), null) as Setback;
    const contract = contractWithin(7200, { engine: 'emr' });
    const without = planOf(estimateOf(20 * GB), { contract, candidates: all });
    expect(without.best).toBe(without.priced.find(({ name }) => name === warm.name));
    expect(planOf(estimateOf(20 * GB), { contract, candidates: all, setbacks: [lost] }).best.spotCount).toBe(
      0,
    );
  });

  it('yields to what was measured', () => {
    const before = planOf(estimateOf(5 * GB));
    const slow = planOf(estimateOf(5 * GB), {
      times: timesOf({ glue: runsOf(20, 1, 3), emr: [] }, prices),
      contract: contractWithin(1800, { engine: 'glue' }),
    });
    expect(slow.best.machine.instanceCount * slow.best.machine.vcpu).toBeGreaterThan(
      2 * before.best.machine.instanceCount * before.best.machine.vcpu,
    );
    expect(explain(slow, contractOf())).toContain('learned from 20 runs of the dataset on Glue');
  });
});

describe('after a failure', () => {
  const first = planOf(estimateOf(5 * GB)).best;
  const NO_MEMORY = 'java.lang.OutOfMemoryError: Java heap space';
  const setbackAfter = (attempt: number, plan: Candidate, error: string | null): Setback => {
    const setback = setbackOf(attempt, plan, error);
    if (!setback) throw new Error(`${error} is no setback.`);
    return setback;
  };
  /** Plans of a run whose attempts all end so, until nothing is left. */
  function attempts(
    size: number,
    changes: Partial<Circumstances>,
    error: (attempt: number) => string | null,
  ) {
    const plans: Candidate[] = [];
    const setbacks: Setback[] = [];
    for (;;) {
      try {
        const { best } = planOf(estimateOf(size), { ...changes, setbacks });
        plans.push(best);
        setbacks.push(setbackAfter(plans.length, best, error(plans.length)));
      } catch (refusal) {
        return { plans, setbacks, refusal };
      }
    }
  }
  const engines = fc.constantFrom<'auto' | 'emr' | 'glue'>('auto', 'emr', 'glue');

  it('for memory the next plan has more of it for a slot, and says why', () => {
    const setbacks = [setbackAfter(1, first, NO_MEMORY)];
    const choice = planOf(estimateOf(5 * GB), { setbacks });
    expect(memoryPerSlot(choice.best)).toBeGreaterThan(memoryPerSlot(first));
    expect(explain(choice, contractOf())).toContain(
      `Attempt 1 on ${first.name} ran out of memory. So this attempt has 8.0 GiB of memory per slot instead of ` +
        '4.0 GiB, and smaller parts of the data per task.',
    );
  });

  it('for memory every next plan has more of it for a slot than all before, until there is no more', () => {
    fc.assert(
      fc.property(sizes, promises, engines, histories, (size, promise, engine, times) => {
        const contract = contractWithin(promise, { engine });
        const { plans, refusal } = attempts(size, { contract, times }, () => NO_MEMORY);
        const most = engine === 'glue' ? 16 : 32;
        for (const [at, plan] of plans.slice(1).entries()) {
          const before = plans[at] as Candidate;
          const [had, has] = [memoryPerSlot(before), memoryPerSlot(plan)];
          if (had < most) expect(has).toBeGreaterThan(had);
          else expect(plan.machine.memoryGiB).toBeGreaterThan(before.machine.memoryGiB);
        }
        expect(memoryPerSlot(plans.at(-1) as Candidate)).toBe(most);
        expect(refusal).toMatchObject({ name: 'ComputeExhausted' });
      }),
      { numRuns: 60 },
    );
  });

  it('of any kind no plan comes again, nor less memory than was too little, and all ends in one error', () => {
    const ends = fc.infiniteStream(fc.constantFrom(NO_MEMORY, null));
    fc.assert(
      fc.property(sizes, promises, engines, ends, (size, promise, engine, errors) => {
        const contract = contractWithin(promise, { engine });
        const { plans, setbacks, refusal } = attempts(size, { contract }, () => errors.next().value ?? null);
        expect(new Set(plans.map(({ name }) => name)).size).toBe(plans.length);
        for (const [at, { kind, plan }] of setbacks.entries()) {
          if (kind !== 'memory') continue;
          for (const later of plans.slice(at + 1)) {
            const [had, has] = [memoryPerSlot(plan), memoryPerSlot(later)];
            expect(has > had || later.machine.memoryGiB > plan.machine.memoryGiB).toBe(true);
            expect(has).toBeGreaterThanOrEqual(had);
          }
        }
        expect(refusal).toMatchObject({ name: 'ComputeExhausted' });
      }),
      { numRuns: 40 },
    );
  });

  it('tells of all that was tried when nothing is left, and of the most that there is', () => {
    const contract = contractWithin(1800, { engine: 'glue' });
    const { plans, refusal } = attempts(60 * GB, { contract }, () => NO_MEMORY);
    const memory = plans.map(memoryPerSlot);
    expect(memory.slice(0, 3)).toEqual([4, 8, 16]);
    expect(new Set(memory.slice(3))).toEqual(new Set([16]));
    expect(plans.at(-1)?.machine.instanceType).toBe('G.8X');
    expect(plans[2]?.name).toMatch(/^Glue \d+ x G\.\dX, 4 vCPUs a task$/);
    const { message } = refusal as Error;
    for (const [index, { name }] of plans.entries())
      expect(message).toContain(`Attempt ${index + 1} on ${name} ran out of memory.`);
    expect(message).toContain(
      'the engine "glue" that the contract forces: a task can have at most 16.0 GiB of memory',
    );
  });

  it('for memory that machines cannot give, tasks get several vCPUs each, and the text says so', () => {
    const contract = contractWithin(7200, { engine: 'glue' });
    const setbacks = [setbackAfter(1, planOf(estimateOf(60 * GB), { contract }).best, NO_MEMORY)];
    const choice = planOf(estimateOf(60 * GB), { contract, setbacks });
    expect(choice.best).toMatchObject({ engine: 'glue', taskCpus: 2 });
    expect(explain(choice, contract)).toContain(
      'So this attempt has 8.0 GiB of memory per slot instead of 4.0 GiB, and 2 vCPUs per task, so fewer tasks at ' +
        'once, and smaller parts of the data per task.',
    );
  });

  it('of a cluster the next one has other machines and no spot instances', () => {
    const contract = contractWithin(7200, { engine: 'emr' });
    const lost = planOf(estimateOf(100 * GB), { contract }).best;
    expect(lost.spotCount).toBeGreaterThan(0);
    const choice = planOf(estimateOf(100 * GB), { contract, setbacks: [setbackAfter(2, lost, null)] });
    expect(choice.best.spotCount).toBe(0);
    expect(choice.best.machine.instanceType).not.toBe(lost.machine.instanceType);
    expect(explain(choice, contract)).toContain('So this attempt has other machines, and no spot instances.');
  });

  it('of another kind the plan stays as it is', () => {
    expect(setbackOf(1, first, 'AnalysisException: no such column')).toBeNull();
  });
});

describe('after an earlier run that ran out of memory', () => {
  const shortages = [{ textBytes: 60 * GB, memoryGiBPerSlot: 4 }];

  it.each([
    ['as large', 60 * GB, 8],
    ['larger', 600 * GB, 8],
    ['half as large', 30 * GB, 8],
    ['much smaller', 10 * GB, 4],
  ])('one that is %s has as much memory for a slot as it then takes', (_, size, memory) => {
    const choice = planOf(estimateOf(size), { contract: contractWithin(14_400), shortages });
    expect(memoryPerSlot(choice.best)).toBe(memory);
    const told = 'An earlier run of 60 GB ran out of memory with 4.0 GiB per slot; this plan has 8.0 GiB.';
    expect(explain(choice, contractOf()).includes(told)).toBe(memory === 8);
  });

  it('with all the memory that there is, the next one has all of it again', () => {
    const contract = contractWithin(1800, { engine: 'glue' });
    const all = [{ textBytes: 60 * GB, memoryGiBPerSlot: 16 }];
    const choice = planOf(estimateOf(60 * GB), { contract, shortages: all });
    expect(memoryPerSlot(choice.best)).toBe(16);
    expect(explain(choice, contract)).toContain('with 16.0 GiB per slot; no plan has more than 16.0 GiB.');
  });
});
