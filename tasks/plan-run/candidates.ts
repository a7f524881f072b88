import type { WarmCluster } from '../core/records.ts';
import type { Machine } from './model/encode.ts';
import type { Prices } from './prices.ts';
import { primaryFor } from './primary-node.ts';

/** Compute that a job could run on. */
export interface Candidate {
  engine: 'glue' | 'emr';
  /** For people, e.g. "Glue 4 x G.1X". */
  name: string;
  /** The machines that do the work. */
  machine: Machine;
  startSeconds: number;
  /** Of all machines, those that do no work too. */
  usdPerHour: number;
  /** Seconds besides the job's that are paid for. */
  billedStartSeconds: number;
  minimumBilledSeconds: number;
  /** EMR only: how many of the machines are spot instances. */
  spotCount: number;
  /** EMR only: a cluster that runs already. */
  warm: boolean;
  /** vCPUs for each task: 1, or more where a task needs more memory than comes with one. */
  taskCpus: number;
  /** Whether a task's part of a shuffle stays small on however few slots. */
  smallParts: boolean;
}

/** A warm cluster takes a step at once; EMR sees it at its next look. */
const WARM_START_SECONDS = 20;
/** Less than that and it may end before the step comes. */
const WARM_RESERVE_SECONDS = 120;
/** EMR loses spot instances at times; a third of the nodes stays. */
const ON_DEMAND_SHARE = 1 / 3;
const LEAST_SPOT_COUNT = 3;

/** Everything that can be had at the table's prices, and the clusters that stand idle. */
export function candidatesFor({ glue, emr }: Prices, idle: readonly WarmCluster[], now: Date): Candidate[] {
  const all = [...workersOf(glue), ...newClusters(emr), ...idleClusters(idle, now, emr)];
  return [...new Map(all.map((candidate) => [candidate.name, candidate])).values()];
}

const workersOf = ({ workers, counts, startSeconds, minimumBilledSeconds }: Prices['glue']): Candidate[] =>
  workers.flatMap(({ type, vcpu, memoryGiB, usdPerHour }) =>
    counts.map((count) => ({
      engine: 'glue',
      name: `Glue ${count} x ${type}`,
      // One worker is the driver.
      machine: { instanceType: type, instanceCount: Math.max(1, count - 1), vcpu, memoryGiB },
      startSeconds,
      usdPerHour: usdPerHour * count,
      billedStartSeconds: 0,
      minimumBilledSeconds,
      spotCount: 0,
      warm: false,
      taskCpus: 1,
      smallParts: false,
    })),
  );

const newClusters = (emr: Prices['emr']): Candidate[] =>
  emr.instances.flatMap((instance) =>
    emr.counts.flatMap((count) => {
      const spotCount = count - Math.ceil(count * ON_DEMAND_SHARE);
      return [
        clusterOf(instance, count, 0, false, emr),
        ...(count >= LEAST_SPOT_COUNT ? [clusterOf(instance, count, spotCount, false, emr)] : []),
      ];
    }),
  );

const idleClusters = (idle: readonly WarmCluster[], now: Date, emr: Prices['emr']): Candidate[] =>
  idle
    .filter(
      ({ lease, keptUntil }) =>
        lease === null && Date.parse(keptUntil) - now.getTime() > WARM_RESERVE_SECONDS * 1000,
    )
    .flatMap(({ shape: { instanceType, instanceCount, spotCount } }) => {
      const instance = emr.instances.find(({ type }) => type === instanceType);
      return instance ? [clusterOf(instance, instanceCount, spotCount, true, emr)] : [];
    });

function clusterOf(
  instance: Prices['emr']['instances'][number],
  instanceCount: number,
  spotCount: number,
  warm: boolean,
  emr: Prices['emr'],
): Candidate {
  const { type, vcpu, memoryGiB, ec2UsdPerHour, emrUsdPerHour } = instance;
  const primary = primaryFor(instance, emr);
  const spotUsd = ec2UsdPerHour * emr.spotShareOfPrice;
  const nodesUsd =
    (instanceCount - spotCount) * ec2UsdPerHour + spotCount * spotUsd + instanceCount * emrUsdPerHour;
  const spotTold = spotCount > 0 ? `, ${spotCount} of them spot` : '';
  return {
    engine: 'emr',
    name: `${warm ? 'warm EMR' : 'EMR'} ${instanceCount} x ${type}${spotTold}`,
    machine: { instanceType: type, instanceCount, vcpu, memoryGiB },
    startSeconds: warm ? WARM_START_SECONDS : emr.startSeconds,
    usdPerHour: nodesUsd + primary.ec2UsdPerHour + primary.emrUsdPerHour,
    billedStartSeconds: warm ? 0 : emr.startSeconds,
    minimumBilledSeconds: emr.minimumBilledSeconds,
    spotCount,
    warm,
    taskCpus: 1,
    smallParts: false,
  };
}

type Slots = Pick<Candidate, 'machine' | 'taskCpus'>;

export const slotsOf = ({ machine, taskCpus }: Slots): number =>
  (machine.instanceCount * machine.vcpu) / taskCpus;
/** GiB. */
export const memoryPerSlot = ({ machine, taskCpus }: Slots): number =>
  (machine.memoryGiB / machine.vcpu) * taskCpus;
/** The machine as times are learned of it: what it has for each task. */
export const machineOfSlots = ({ machine, taskCpus }: Slots): Machine => ({
  ...machine,
  vcpu: machine.vcpu / taskCpus,
});

/** Executors have four vCPUs or more, on either engine. */
export const TASK_CPUS = [1, 2, 4] as const;

/** The same machines with fewer slots, each with the memory of so many vCPUs; null where they cannot be cut so. */
export function withTaskCpus(candidate: Candidate, taskCpus: number): Candidate | null {
  if (taskCpus === 1) return candidate;
  if (candidate.machine.vcpu % taskCpus !== 0) return null;
  return { ...candidate, name: `${candidate.name}, ${taskCpus} vCPUs a task`, taskCpus };
}
