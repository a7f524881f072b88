import * as z from 'zod';
import { saysOutOfMemory } from '../core/compute/out-of-memory.ts';
import type { StateTable } from '../core/ports.ts';
import { datasetPartition, RUN_PREFIX, type RunRecord, runRecordSchema } from '../core/records.ts';
import { queryRecords } from '../core/state-table/read-record.ts';
import { machineOfSlots, memoryPerSlot, slotsOf } from './candidates.ts';
import type { Situation } from './model/encode.ts';
import type { Run } from './model/runtime-model.ts';
import { type PlannedCompute, plannedComputeSchema, setbackSchema } from './setbacks/setback.ts';
import type { Shortage } from './setbacks/shortage.ts';
import { workBytes } from './workload.ts';

/** More of them tell nothing more, and older ones of other files. */
const MOST_RUNS = 200;

/** What a run's record tells the model: what ran on which machines, and what it took. */
const learnedSchema = z.object({
  status: z.literal('SUCCEEDED'),
  plan: z.looseObject({
    engine: z.enum(['glue', 'emr']),
    workBytes: z.number().positive(),
    /** What the rules made of the content, as it is in the work. */
    factors: z.record(z.string(), z.number().positive()).default({}),
    machine: z.object({
      instanceType: z.string(),
      instanceCount: z.int().min(1),
      vcpu: z.number().positive(),
      memoryGiB: z.number().positive(),
    }),
    taskCpus: z.int().min(1).default(1),
    /** The cluster that stood idle and was leased; it may be larger than was planned. */
    leased: z.object({ instanceCount: z.int().min(1) }).optional(),
    textBytes: z.object({ value: z.number() }).optional(),
    unsplittableBytes: z.number().optional(),
    longestTaskBytes: z.number().optional(),
    workFactor: z.number().optional(),
  }),
  outcome: z.looseObject({
    jobSeconds: z.number().positive(),
    /** vCPUs that the executors had on the mean. */
    executorCores: z.number().nullish(),
  }),
});

/** The machines that the job had on the mean, and the work as it is on them. */
function situationOf({ plan, outcome }: z.infer<typeof learnedSchema>): Situation {
  const { leased, textBytes, unsplittableBytes, longestTaskBytes, workFactor, taskCpus } = plan;
  const begun = { ...plan.machine, ...leased };
  // Executors that come late, or that there is no work for, make no cluster smaller.
  const grown = (outcome.executorCores ?? 0) / begun.vcpu;
  const machine = { ...begun, instanceCount: Math.max(begun.instanceCount, grown) };
  const isTold =
    textBytes !== undefined &&
    unsplittableBytes !== undefined &&
    longestTaskBytes !== undefined &&
    workFactor !== undefined;
  const size_bytes = isTold
    ? workBytes(
        { estimate: { textBytes, unsplittableBytes, longestTaskBytes }, workFactor },
        slotsOf({ machine, taskCpus }),
      )
    : plan.workBytes;
  return { features: { ...plan.factors, size_bytes }, machine: machineOfSlots({ machine, taskCpus }) };
}

const rowsSchema = z.looseObject({ rows: z.looseObject({ current: z.number() }) });

export interface RecordedRuns {
  glue: Run[];
  emr: Run[];
  /** Rows that they left in the table, at most: those that came again are counted again. */
  existingRows: number;
  /** Memory that was not enough for one of them. */
  shortages: Shortage[];
}

const triedSchema = plannedComputeSchema.extend({
  textBytes: z.object({ value: z.number() }),
  setbacks: z.array(setbackSchema).default([]),
});

const failedSchema = z.object({
  error: z.enum(['SparkStepFailed', 'GlueJobFailed']),
  cause: z.string(),
  attempt: z.int(),
});

/** The attempts of a run that ran out of memory: those before its newest plan, and that of the plan where the run failed by it. */
function shortagesOf({ plan, status, outcome, attempt }: RunRecord): Shortage[] {
  const tried = triedSchema.safeParse(plan);
  // One that runs knows of its attempts by its own plan.
  if (!tried.success || status === 'RUNNING') return [];
  const { textBytes, setbacks, ...newest } = tried.data;
  const failed = status === 'FAILED' ? failedSchema.safeParse(outcome).data : undefined;
  const short: PlannedCompute[] = setbacks
    .filter(({ kind }) => kind === 'memory')
    .map((setback) => setback.plan);
  if (failed?.attempt === attempt && saysOutOfMemory(failed.cause)) short.push(newest);
  return short.map((compute) => ({
    textBytes: textBytes.value,
    memoryGiBPerSlot: memoryPerSlot(compute),
  }));
}

/** The dataset's newest runs, as far as something can be learned from them. */
export async function recordedRuns(
  dataset: string,
  writeMode: 'merge' | 'append' | 'replace',
  table: StateTable,
): Promise<RecordedRuns> {
  const newest = await queryRecords(
    table,
    datasetPartition(dataset),
    RUN_PREFIX,
    runRecordSchema,
    MOST_RUNS,
    'descending',
  );
  const recorded: RecordedRuns = { glue: [], emr: [], existingRows: 0, shortages: [] };
  for (const { value: run } of newest) {
    recorded.shortages.push(...shortagesOf(run));
    const rows = rowsSchema.safeParse(run.outcome);
    if (rows.success && (writeMode !== 'replace' || recorded.existingRows === 0)) {
      recorded.existingRows += rows.data.rows.current;
    }
    const learned = learnedSchema.safeParse(run);
    if (!learned.success) continue;
    const { plan, outcome } = learned.data;
    recorded[plan.engine].push({
      ...situationOf(learned.data),
      runtimeSeconds: outcome.jobSeconds,
    });
  }
  return recorded;
}
