import { catalogSettings } from '../../core/compute/catalog-settings.ts';
import { type Candidate, slotsOf } from '../candidates.ts';
import { PARQUET_SHARE } from '../priced.ts';
import type { JobLocations } from './job-arguments.ts';

const MEGABYTE = 1024 * 1024;
/** Text that a task reads: small enough to keep all slots busy, large enough to be worth a task. */
const READ_BYTES = { least: 8 * MEGABYTE, most: 128 * MEGABYTE };
const TASKS_PER_SLOT = 3;
/** Text behind one task after a shuffle; adaptive execution joins what turns out small. */
const SHUFFLE_BYTES = 64 * MEGABYTE;
const PARTS_PER_VCPU = 4;
/** More parts than for the slots where memory was short; still more are a burden to the driver. */
const MOST_SMALL_PARTS = 10_000;
/** Files are to be neither crumbs nor boulders. */
const TARGET_FILE_BYTES = { least: 32 * MEGABYTE, most: 512 * MEGABYTE };

/** EMR gives YARN about three quarters of a node's memory; a tenth of an executor's is besides its heap. */
const YARN_SHARE = 0.75;
const OVERHEAD_SHARE = 0.1;
/** The job's application master, a container of 512 MiB and 384 MiB besides, takes its memory from one of the nodes. */
const APPLICATION_MASTER_MIB = 1024;
/** More slots in one executor contend for its heap. */
const EXECUTOR_CORES = 4;

/** Spark's settings for so much text on that compute. */
export function sparkSettings(
  candidate: Candidate,
  textBytes: number,
  { lakeBucket }: Pick<JobLocations, 'lakeBucket'>,
): Record<string, string> {
  const slots = slotsOf(candidate);
  const within = (value: number, { least, most }: { least: number; most: number }): string =>
    String(Math.round(Math.min(most, Math.max(least, value))));
  const { machine, taskCpus, smallParts } = candidate;
  const partBytes = SHUFFLE_BYTES / taskCpus;
  const forSlots = machine.instanceCount * machine.vcpu * PARTS_PER_VCPU;
  const mostParts = smallParts ? Math.max(forSlots, MOST_SMALL_PARTS) : forSlots;
  const partitions = Math.max(2, Math.min(Math.ceil(textBytes / partBytes), mostParts));
  return {
    ...catalogSettings(lakeBucket),
    'spark.sql.catalog.lake.table-default.write.target-file-size-bytes': within(
      (textBytes * PARQUET_SHARE) / Math.max(1, slots),
      TARGET_FILE_BYTES,
    ),
    'spark.sql.files.maxPartitionBytes': within(textBytes / (slots * TASKS_PER_SLOT), READ_BYTES),
    'spark.sql.shuffle.partitions': String(partitions),
    ...(smallParts && { 'spark.sql.adaptive.advisoryPartitionSizeInBytes': String(partBytes) }),
    ...(taskCpus > 1 && { 'spark.task.cpus': String(taskCpus) }),
    ...(candidate.engine === 'emr' ? executorSettings(candidate) : {}),
  };
}

/** Glue fixes its executors by the worker type; on EMR they are cut so that they fill their nodes. */
function executorSettings({ machine }: Candidate): Record<string, string> {
  const cores = Math.min(EXECUTOR_CORES, machine.vcpu);
  const perNode = Math.max(1, Math.floor(machine.vcpu / cores));
  // Else the node that has the application master had no room for an executor: the only node would wait for ever.
  const containerMiB = (machine.memoryGiB * 1024 * YARN_SHARE - APPLICATION_MASTER_MIB) / perNode;
  const executors = perNode * machine.instanceCount;
  return {
    'spark.executor.cores': String(cores),
    'spark.executor.memory': `${Math.floor(containerMiB * (1 - OVERHEAD_SHARE))}m`,
    'spark.executor.memoryOverhead': `${Math.floor(containerMiB * OVERHEAD_SHARE)}m`,
    // The cluster may grow, and so may the job.
    'spark.dynamicAllocation.enabled': 'true',
    'spark.dynamicAllocation.initialExecutors': String(executors),
    'spark.dynamicAllocation.minExecutors': String(Math.min(2, executors)),
  };
}
