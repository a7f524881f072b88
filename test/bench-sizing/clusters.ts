import { type Random, randomOf } from '../../tasks/plan-run/model/seeded-random.ts';

/**
 * Synthetic measurements of Spark jobs on clusters: work that scales, work that does not, exchanges that grow with the
 * nodes, memory that runs short, noise and stragglers. The coefficients of each job are drawn anew for every seed, so
 * that nothing can be fitted to one of them.
 */
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

const TYPES = [
  ['c4.large', 2, 3.75, 0.1, 1.15],
  ['c4.xlarge', 4, 7.5, 0.199, 1.15],
  ['c4.2xlarge', 8, 15, 0.398, 1.15],
  ['m4.large', 2, 8, 0.1, 1],
  ['m4.xlarge', 4, 16, 0.2, 1],
  ['m4.2xlarge', 8, 32, 0.4, 1],
  ['r4.large', 2, 15.25, 0.133, 1.05],
  ['r4.xlarge', 4, 30.5, 0.266, 1.05],
  ['r4.2xlarge', 8, 61, 0.532, 1.05],
] as const;

type Law = (features: Record<string, number>, machine: Machine & { speed: number }) => number;
interface Kind {
  job: string;
  inputs(random: Random): Record<string, number>[];
  law(random: Random): Law;
}

/** Fixed seconds, seconds a GB and slot, seconds a GB and node for disk and network, seconds for each further node. */
const coefficients = (random: Random) => ({
  fixed: 20 * random.factor(0.4),
  compute: 60 * random.factor(0.6),
  disk: 10 * random.factor(0.5),
  exchange: 0.5 * random.factor(0.5),
  /** Memory that a byte of input takes, and how much slower the job is once it is short. */
  memory: 0.8 * random.factor(0.5),
  penalty: 0.4 + 1.6 * random.next(),
});

/** How much slower a job is whose data outgrows the cluster's memory. */
function shortage(neededGiB: number, { instanceCount, memoryGiB }: Machine, penalty: number): number {
  const usable = instanceCount * Math.max(0.5, memoryGiB - 1.5) * 0.6;
  const missing = Math.max(0, 1 - usable / Math.max(neededGiB, 1e-9));
  return 1 + penalty * missing;
}

const between = (random: Random, low: number, high: number): number => low * (high / low) ** random.next();

const KINDS: Kind[] = [
  {
    job: 'sort',
    inputs: (random) =>
      Array.from({ length: 6 }, () => ({ data_size_MB: Math.round(between(random, 8_000, 25_000)) })),
    law: (random) => {
      const c = coefficients(random);
      return ({ data_size_MB: size = 0 }, machine) => {
        const gb = size / 1000;
        const spill = shortage(gb * c.memory, machine, c.penalty * 0.4);
        const slots = machine.instanceCount * machine.vcpu * machine.speed;
        const perNode = (c.disk * 2 * gb) / machine.instanceCount / Math.sqrt(machine.vcpu / 2);
        return (
          c.fixed + (c.compute * gb * spill) / slots + perNode * spill + c.exchange * machine.instanceCount
        );
      };
    },
  },
  {
    job: 'grep',
    inputs: (random) =>
      Array.from({ length: 9 }, () => ({
        data_size_MB: Math.round(between(random, 8_000, 25_000)),
        p_occurrence: random.pick([0.01, 0.05, 0.1, 0.25, 0.5]),
      })),
    law: (random) => {
      const c = coefficients(random);
      return ({ data_size_MB: size = 0, p_occurrence: p = 0 }, machine) => {
        const gb = size / 1000;
        const slots = machine.instanceCount * machine.vcpu * machine.speed;
        const scan = (c.compute * 0.6 * gb * (0.5 + p)) / slots;
        return (
          c.fixed + scan + (c.disk * gb * (0.6 + p)) / machine.instanceCount / Math.sqrt(machine.vcpu / 2)
        );
      };
    },
  },
  {
    job: 'sgd',
    inputs: (random) =>
      Array.from({ length: 10 }, () => ({
        data_size_MB: Math.round(between(random, 8_000, 30_000)),
        iterations: random.pick([10, 25, 50, 75, 100]),
        features: random.pick([10, 50, 100, 200]),
      })),
    law: (random) => {
      const c = coefficients(random);
      return ({ data_size_MB: size = 0, iterations = 1 }, machine) => {
        const gb = size / 1000;
        const slots = machine.instanceCount * machine.vcpu * machine.speed;
        const load = (c.disk * gb) / machine.instanceCount + (c.compute * gb) / slots;
        const pass = (c.compute * 0.1 * gb) / slots + 0.08 * Math.log2(machine.instanceCount + 1);
        return c.fixed + load + iterations * pass * shortage(gb * c.memory * 1.5, machine, 2 * c.penalty);
      };
    },
  },
  {
    job: 'kmeans',
    inputs: (random) =>
      Array.from({ length: 10 }, () => ({
        data_size_MB: Math.round(between(random, 8_000, 22_000)),
        k: random.pick([3, 5, 7, 9]),
        features: random.pick([10, 20, 40]),
      })),
    law: (random) => {
      const c = coefficients(random);
      const growth = 0.8 + 0.8 * random.next();
      return ({ data_size_MB: size = 0, k = 1 }, machine) => {
        const gb = size / 1000;
        const slots = machine.instanceCount * machine.vcpu * machine.speed;
        const load = (c.disk * gb) / machine.instanceCount + (c.compute * gb) / slots;
        const passes = 5 * k ** growth;
        const pass = (c.compute * 0.12 * gb) / slots + 0.1 * Math.log2(machine.instanceCount + 1);
        return c.fixed + load + passes * pass * shortage(gb * c.memory * 1.3, machine, 1.5 * c.penalty);
      };
    },
  },
  {
    job: 'pagerank',
    inputs: (random) =>
      Array.from({ length: 12 }, () => ({
        data_size_MB: Math.round(between(random, 120, 450)),
        links: Math.round(between(random, 1e6, 3e7)),
        convergence: random.pick([0.01, 0.005, 0.001, 0.0005, 0.0001]),
      })),
    law: (random) => {
      const c = coefficients(random);
      return ({ data_size_MB: size = 0, convergence = 0.01 }, machine) => {
        const gb = size / 1000;
        const slots = machine.instanceCount * machine.vcpu * machine.speed;
        const passes = 4 * Math.log(1 / convergence);
        const pass = (c.compute * 2 * gb) / slots ** 0.8 + 0.15 + c.exchange * 0.04 * machine.instanceCount;
        return c.fixed + passes * pass * shortage(gb * 15 * c.memory, machine, c.penalty);
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
    const inputs = kind.inputs(random).map((features) =>
      types.flatMap(([instanceType, vcpu, memoryGiB, pricePerHour, speed]) =>
        counts.flatMap((instanceCount): Measured[] => {
          if (random.next() < 0.05) return [];
          const machine = { instanceType, instanceCount, vcpu, memoryGiB, pricePerHour };
          const straggler = random.next() < 0.03 ? 1.15 + 0.5 * random.next() : 1;
          const runtimeSeconds = law(features, { ...machine, speed }) * random.factor(0.03) * straggler;
          return [{ features, machine, runtimeSeconds }];
        }),
      ),
    );
    return { job: kind.job, inputs };
  });
}
