/** What a Spark job does with an input: seconds are a slot's, at the speed of an m4. */
export interface Job {
  /** Whether the driver fills the place of an executor, so that one machine fewer does the work. */
  driverApart: boolean;
  startSeconds: number;
  secondsPerNode: number;
  gb: number;
  readPerGb: number;
  compute: number;
  shuffledGb: number;
  shuffleCompute: number;
  writtenGb: number;
  /** Memory that a shuffled byte wants; what it does not get goes over the disk once more. */
  spillPerByte: number;
  /** Passes over cached data: what each takes of slots, of the driver alone, and of the network. */
  passes: number;
  passCompute: number;
  passSeconds: number;
  passShuffledGb?: number;
  cachedGb: number;
  cachedPerByte: number;
  /** Where they are not one for each block that is read. */
  tasks?: number;
}

export interface Speeds {
  cpu: number;
  diskMbPerSecond: number;
  networkMbPerSecond: number;
}

/** Spark reads blocks of this size; YARN gives executors this share of a node, and these half of it to data. */
const BLOCK_GB = 0.128;
const YARN_SHARE = 0.75;
const DATA_SHARE = 0.55;
const SYSTEM_GIB = 1;
/** Part of a last, incomplete wave of tasks that the others' spread does not hide. */
const WAVE = 0.4;

/** How long the job takes without noise: a start, reading in waves, exchanges, and passes over what memory holds. */
export function secondsOf(
  job: Job,
  machine: { instanceCount: number; vcpu: number; memoryGiB: number },
  speeds: Speeds,
): number {
  const { instanceCount, vcpu, memoryGiB } = machine;
  const nodes = job.driverApart ? Math.max(1, instanceCount - 1) : instanceCount;
  const slots = nodes * vcpu;
  const tasks = job.tasks ?? Math.max(1, job.gb / BLOCK_GB);
  const waves = tasks / slots;
  const whole = waves < 1 ? 1 : waves + WAVE * (Math.ceil(waves) - waves);
  const onSlots = (seconds: number): number => ((seconds / slots) * whole) / waves / speeds.cpu;
  const overDisk = (gb: number): number => (gb * 1000) / (nodes * speeds.diskMbPerSecond);
  const overNetwork = (gb: number): number =>
    ((gb * 1000) / (nodes * speeds.networkMbPerSecond)) * (1 - 1 / nodes) * (1 + 0.02 * nodes);

  const memoryGb = nodes * Math.max(0.3, memoryGiB * YARN_SHARE - SYSTEM_GIB) * DATA_SHARE;
  const missing = 1 - Math.min(1, memoryGb / Math.max(1e-9, job.cachedGb * job.cachedPerByte));
  const spilled = 1 - Math.min(1, memoryGb / Math.max(1e-9, job.shuffledGb * job.spillPerByte));
  const tight = Math.min(1, (job.cachedGb * job.cachedPerByte) / memoryGb) ** 4;

  const read = larger(onSlots(job.compute), overDisk(job.gb * job.readPerGb));
  const exchange =
    onSlots(job.shuffleCompute) +
    overNetwork(job.shuffledGb) +
    overDisk(job.shuffledGb * (0.4 + 1.6 * spilled)) +
    overDisk(job.writtenGb);
  // What fell out of memory is read and parsed anew in every pass; what nearly fills it costs garbage collection.
  const pass =
    onSlots(job.passCompute) * (1 + 0.25 * tight) +
    missing * read * 0.5 +
    overNetwork(job.passShuffledGb ?? 0) +
    job.passSeconds * (1 + 0.1 * Math.log2(nodes));
  return job.startSeconds + job.secondsPerNode * nodes + read + exchange + job.passes * pass;
}

/** Computing and reading overlap for the most part. */
const larger = (a: number, b: number): number => (a ** 3 + b ** 3) ** (1 / 3);
