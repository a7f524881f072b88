import * as z from 'zod';
import type { ErrorName } from '../../core/errors.ts';
import { errorKey, manifestKey } from '../../core/folders/folders.ts';
import type { RunFolders } from '../../core/folders/run-folders.ts';
import type { RunRecord } from '../../core/records.ts';
import { plannedComputeSchema, type Setback, setbackOf, setbackSchema, timeSetback } from './setback.ts';

/** Ends that say nothing of the compute: the job was taken away from it, or never came to it. */
const ENDED_BY_OTHERS = new Set<unknown>([
  'ExecutionAborted',
  'ExecutionTimedOut',
  'CapacityMissing',
  'PermissionMissing',
  'QuotaExceeded',
  'ServiceUnavailable',
] satisfies ErrorName[]);

/** Whether the job itself took too long, and not what came before it. */
const isOfJobsTime = ({ error, cause }: Record<string, unknown>): boolean =>
  error === ('StageTimedOut' satisfies ErrorName) && /^Run(GlueJob|SparkStep) /.test(String(cause));

const setbacksSchema = z.looseObject({ setbacks: z.array(setbackSchema) });

/** What all attempts before came to, as far as the plan should differ for it. */
export async function setbacksBefore(run: RunRecord, folders: RunFolders): Promise<Setback[]> {
  const earlier = setbacksSchema.safeParse(run.plan).data?.setbacks ?? [];
  const newest = await newestSetback(run, folders);
  return newest ? [...earlier, newest] : earlier;
}

async function newestSetback(
  run: RunRecord,
  { objects, destinationBucket: bucket }: RunFolders,
): Promise<Setback | null> {
  const planned = plannedComputeSchema.safeParse(run.plan);
  if (run.attempt === 0 || !planned.success) return null;
  const { dataset, runId, attempt, outcome } = run;
  const ended = outcome?.['attempt'] === attempt ? outcome : null;
  if (ended && ENDED_BY_OTHERS.has(ended['error'])) return null;
  if (await objects.head({ bucket, key: manifestKey(dataset, runId, attempt) })) return null;
  if (ended && isOfJobsTime(ended)) return timeSetback(attempt, planned.data);
  const error = await objects.read({ bucket, key: errorKey(dataset, runId, attempt) });
  const told = error && Buffer.from(error).toString('utf8');
  return setbackOf(attempt, planned.data, told, String(ended?.['cause'] ?? ''));
}
