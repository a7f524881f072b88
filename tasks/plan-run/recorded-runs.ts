import * as z from 'zod';
import type { StateTable } from '../core/ports.ts';
import { queryRecords } from '../core/read-record.ts';
import { datasetPartition, RUN_PREFIX, runRecordSchema } from '../core/records.ts';
import type { Run } from './model/runtime-model.ts';

/** More of them tell nothing more, and older ones of other files. */
const MOST_RUNS = 200;

/** What a run's record tells the model: what was planned for how much work, and what it took. */
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
  }),
  outcome: z.looseObject({ jobSeconds: z.number().positive() }),
});

const rowsSchema = z.looseObject({ rows: z.looseObject({ current: z.number() }) });

export interface RecordedRuns {
  glue: Run[];
  emr: Run[];
  /** Rows that they left in the table, at most: those that came again are counted again. */
  existingRows: number;
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
  const recorded: RecordedRuns = { glue: [], emr: [], existingRows: 0 };
  for (const { value: run } of newest) {
    const rows = rowsSchema.safeParse(run.outcome);
    if (rows.success && (writeMode !== 'replace' || recorded.existingRows === 0)) {
      recorded.existingRows += rows.data.rows.current;
    }
    const learned = learnedSchema.safeParse(run);
    if (!learned.success) continue;
    const { plan, outcome } = learned.data;
    recorded[plan.engine].push({
      features: { ...plan.factors, size_bytes: plan.workBytes },
      machine: plan.machine,
      runtimeSeconds: outcome.jobSeconds,
    });
  }
  return recorded;
}
