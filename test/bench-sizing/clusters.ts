import { type Random, randomOf } from '../../tasks/plan-run/model/seeded-random.ts';
import { type Job, type Speeds, secondsOf } from './job-law.ts';

/** Synthetic measurements of Spark jobs on clusters, in the form and of the kind that people publish theirs. */
export interface Machine {
  instanceType: string;
  instanceCount: number;
  vcpu: number;
  memoryGiB: number;
  pricePerHour: number;
}
export interface Measured {
  features: Record<string, number>;
  machine: Machine;
  runtimeSeconds: number;
}
export interface MeasuredJob {
  job: string;
  /** The runs of each input: one for every machine. */
  inputs: Measured[][];
}

/** Instance types by name, with vCPUs, GiB of memory, and USD an hour. */
export const TYPES = [
  ['c4.large', 2, 3.75, 0.1],
  ['c4.xlarge', 4, 7.5, 0.199],
  ['c4.2xlarge', 8, 15, 0.398],
  ['m4.large', 2, 8, 0.1],
  ['m4.xlarge', 4, 16, 0.2],
  ['m4.2xlarge', 8, 32, 0.4],
  ['r4.large', 2, 15.25, 0.133],
  ['r4.xlarge', 4, 30.5, 0.266],
  ['r4.2xlarge', 8, 61, 0.532],
] as const;

/** Runs of a machine are measured so often; what is published is their median. */
const REPEATS = 3;
const LOST_SHARE = 0.05;

/** Inputs as people choose them: a few sizes, and a few values of each parameter, drawn from the product of both. */
function inputsOf(
  random: Random,
  count: number,
  choices: Readonly<Record<string, readonly number[]>>,
): Record<string, number>[] {
  const seen = new Map<string, Record<string, number>>();
  for (let tries = 0; seen.size < count && tries < 20 * count; tries += 1) {
    const input = Object.fromEntries(
      Object.entries(choices).map(([name, values]) => [name, random.pick(values)]),
    );
    seen.set(JSON.stringify(input), input);
  }
  return [...seen.values()];
}

const between = (random: Random, low: number, high: number): number => low * (high / low) ** random.next();
const sizes = (random: Random, count: number, low: number, high: number): number[] =>
  Array.from({ length: count }, () => Math.round(between(random, low, high)));

interface Kind {
  job: string;
  inputs(random: Random): Record<string, number>[];
  /** What the job does, with coefficients drawn for this seed. */
  law(random: Random): (features: Record<string, number>) => Job;
}

/** What every job has: where its driver runs, seconds to start and for each node, seconds of a slot and bytes of disk for each GB. */
const usual = (random: Random) => ({
  driverApart: random.next() < 0.5,
  startSeconds: between(random, 12, 45),
  secondsPerNode: between(random, 0.1, 0.9),
  computePerGb: between(random, 40, 250),
  readPerGb: between(random, 0.6, 1.4),
  /** Memory for each byte that is cached, as objects. */
  cachedPerByte: between(random, 0.7, 2.6),
  passSeconds: between(random, 0.1, 0.9),
});
const gbOf = (features: Record<string, number>): number => (features['data_size_MB'] ?? 0) / 1000;

const KINDS: Kind[] = [
  {
    job: 'sort',
    inputs: (random) => inputsOf(random, 7, { data_size_MB: sizes(random, 7, 9_000, 22_000) }),
    law: (random) => {
      const c = usual(random);
      const shuffled = between(random, 0.7, 1.3);
      const sorted = between(random, 0.3, 0.8);
      return (features) => {
        const gb = gbOf(features);
        return {
          ...c,
          gb,
          compute: c.computePerGb * gb,
          shuffledGb: shuffled * gb,
          shuffleCompute: sorted * c.computePerGb * gb * (1 + 0.1 * Math.log(gb)),
          writtenGb: gb,
          spillPerByte: 0.9,
          passes: 0,
          passCompute: 0,
          cachedGb: 0,
        };
      };
    },
  },
  {
    job: 'grep',
    inputs: (random) =>
      inputsOf(random, 9, {
        data_size_MB: sizes(random, 4, 9_000, 22_000),
        p_occurrence: [0, 0.02, 0.05, 0.1, 0.25, 0.5],
      }),
    law: (random) => {
      const c = usual(random);
      const found = between(random, 0.3, 2.5);
      return (features) => {
        const gb = gbOf(features);
        const share = features['p_occurrence'] ?? 0;
        return {
          ...c,
          gb,
          compute: 0.6 * c.computePerGb * gb * (1 + found * share),
          shuffledGb: 0,
          shuffleCompute: 0,
          writtenGb: gb * share,
          spillPerByte: 0,
          passes: 0,
          passCompute: 0,
          cachedGb: 0,
        };
      };
    },
  },
  {
    job: 'sgd',
    inputs: (random) => {
      const columns = [50, 100, 200, 500];
      return inputsOf(random, 10, {
        data_size_MB: sizes(random, 4, 9_000, 28_000),
        iterations: [1, 10, 25, 50, 75, 100],
        features: columns,
      });
    },
    law: (random) => {
      const c = usual(random);
      const pass = between(random, 0.02, 0.12);
      const perColumn = 0.002 * random.next();
      return (features) => {
        const gb = gbOf(features);
        const columns = features['features'] ?? 0;
        return {
          ...c,
          gb,
          compute: c.computePerGb * gb,
          shuffledGb: 0,
          shuffleCompute: 0,
          writtenGb: 0,
          spillPerByte: 0,
          passes: features['iterations'] ?? 1,
          passCompute: pass * c.computePerGb * gb,
          passSeconds: c.passSeconds + perColumn * columns,
          cachedGb: gb,
        };
      };
    },
  },
  {
    job: 'kmeans',
    inputs: (random) =>
      inputsOf(random, 10, {
        data_size_MB: sizes(random, 4, 9_000, 21_000),
        k: [3, 4, 5, 6, 7, 8, 9],
        convergence: [0.001, 0.0005],
      }),
    law: (random) => {
      const c = usual(random);
      const growth = between(random, 0.4, 1.6);
      const pass = between(random, 0.03, 0.15);
      const passes = between(random, 4, 14);
      // How many passes it takes depends on how the points lie: not on what is told of them.
      const luck = between(random, 0.01, 0.12);
      return (features) => {
        const gb = gbOf(features);
        const k = features['k'] ?? 1;
        return {
          ...c,
          gb,
          compute: c.computePerGb * gb,
          shuffledGb: 0.02 * gb,
          shuffleCompute: 0,
          writtenGb: 0,
          spillPerByte: 0,
          passes: passes * (k / 5) ** growth * random.factor(luck),
          passCompute: pass * c.computePerGb * gb * (0.6 + 0.08 * k),
          cachedGb: gb,
        };
      };
    },
  },
  {
    job: 'pagerank',
    inputs: (random) =>
      inputsOf(random, 13, {
        data_size_MB: sizes(random, 5, 130, 440),
        convergence: [0.01, 0.005, 0.0025, 0.001, 0.0001],
      }).map((input) => {
        const { data_size_MB: size = 0 } = input;
        return { links: Math.round(size * 66_000), pages: Math.round(size ** 0.9 * 12_000), ...input };
      }),
    law: (random) => {
      const c = usual(random);
      const expansion = between(random, 8, 30);
      const passes = between(random, 2, 6);
      const spread = between(random, 0.03, 0.15);
      const tasks = random.pick([32, 64, 100]);
      return (features) => {
        const gb = gbOf(features) * expansion;
        return {
          ...c,
          gb: gb / expansion,
          compute: (c.computePerGb * gb) / 6,
          shuffledGb: 0,
          shuffleCompute: 0,
          writtenGb: 0,
          spillPerByte: 0,
          passes: passes * Math.log(1 / (features['convergence'] ?? 0.01)),
          passCompute: spread * c.computePerGb * gb,
          passShuffledGb: 0.2 * gb,

          cachedGb: 1.5 * gb,
          tasks: tasks + Math.round(gb * 8),
        };
      };
    },
  },
  {
    job: 'join',
    inputs: (random) =>
      inputsOf(random, 11, {
        left_size_gb: sizes(random, 4, 20, 160),
        right_size_gb: sizes(random, 3, 2, 30),
        selectivity: [0.05, 0.2, 0.6, 1],
        partitions: [64, 200, 400],
      }),
    law: (random) => {
      const c = usual(random);
      const probe = between(random, 0.2, 0.9);
      return ({ left_size_gb: left = 0, right_size_gb: right = 0, selectivity = 1, partitions = 200 }) => {
        const gb = (left + right) / 4;
        const joined = (left * selectivity + right) / 4;
        return {
          ...c,
          gb,
          compute: c.computePerGb * gb,
          shuffledGb: joined,
          shuffleCompute: probe * c.computePerGb * joined,
          writtenGb: 0.3 * joined,
          spillPerByte: c.cachedPerByte,
          passes: 1,
          passSeconds: 0.01 * partitions,
          passCompute: 0,
          cachedGb: 0,
        };
      };
    },
  },
];

/**
 * Jobs as a team may have measured them: every input on the same machines, a few runs lost.
 * @param sizes whether instances are of one size, or of three.
 */
export function measuredJobs(seed: number, sizes: 'one' | 'three'): MeasuredJob[] {
  return KINDS.map((kind, index) => {
    const random = randomOf(seed * 101 + index);
    const law = kind.law(random);
    const types = TYPES.filter(([, vcpu]) => sizes === 'three' || vcpu === 8);
    const counts =
      sizes === 'one'
        ? [2, 4, 6, 8, 10, 12]
        : random.pick([
            [4, 8, 12],
            [2, 4, 8, 12],
            [3, 6, 9],
          ]);
    const speeds = speedsOf(random);
    const noise = between(random, 0.015, 0.07);
    const inputs = kind.inputs(random).map((features) => {
      const work = law(features);
      return types.flatMap(([instanceType, vcpu, memoryGiB, pricePerHour]) =>
        counts.flatMap((instanceCount): Measured[] => {
          if (random.next() < LOST_SHARE) return [];
          const machine = { instanceType, instanceCount, vcpu, memoryGiB, pricePerHour };
          const seconds = secondsOf(work, machine, speeds(instanceType, instanceCount));
          return [{ features, machine, runtimeSeconds: seconds * measurement(random, noise) }];
        }),
      );
    });
    return { job: kind.job, inputs };
  });
}

/** What instances do for each vCPU and node: families differ, and single types depart from their family. */
function speedsOf(random: Random): (instanceType: string, instanceCount: number) => Speeds {
  const families: Record<string, number> = {
    c4: between(random, 1.02, 1.35),
    m4: 1,
    r4: between(random, 0.92, 1.12),
  };
  const disk = between(random, 55, 130);
  const quirks = new Map<string, Speeds>();
  return (instanceType, instanceCount) => {
    const name = `${instanceCount} ${instanceType}`;
    const [family = '', size = ''] = instanceType.split('.');
    const ofType = quirks.get(instanceType) ?? {
      cpu: (families[family] ?? 1) * random.factor(0.03),
      // Bandwidth grows slower than the instance.
      diskMbPerSecond: disk * ({ large: 0.5, xlarge: 0.72, '2xlarge': 1 }[size] ?? 1) * random.factor(0.1),
      networkMbPerSecond: { large: 60, xlarge: 90, '2xlarge': 125 }[size] ?? 125,
    };
    quirks.set(instanceType, ofType);
    const found = quirks.get(name) ?? { ...ofType, cpu: ofType.cpu * random.factor(0.015) };
    quirks.set(name, found);
    return found;
  };
}

/** The median of a few runs over what they should take: most are a little off, some a lot longer. */
function measurement(random: Random, noise: number): number {
  const runs = Array.from({ length: REPEATS }, () => {
    const straggler = random.next() < 0.12 ? 1.05 + 0.7 * random.next() ** 2 : 1;
    return random.factor(noise) * straggler;
  });
  return runs.sort((a, b) => a - b)[Math.floor(REPEATS / 2)] as number;
}
