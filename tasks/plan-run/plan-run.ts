import type * as z from 'zod';
import type { Contract } from '../core/contract.ts';
import { type RunFolders, readContract } from '../core/folders/run-folders.ts';
import { type Clock, type StateTable, WriteConflict } from '../core/ports.ts';
import { type RunRecord, WARM_CLUSTERS, warmClusterSchema } from '../core/records.ts';
import { queryRecords } from '../core/state-table/read-record.ts';
import { recordedRun } from '../core/state-table/recorded.ts';
import { candidatesFor, slotsOf } from './candidates.ts';
import { type Choice, choose } from './choose.ts';
import { emrPlan, IDLE_TIMEOUT_SECONDS } from './engines/emr-plan.ts';
import { gluePlan } from './engines/glue-plan.ts';
import type { JobLocations } from './engines/job-arguments.ts';
import { estimate } from './estimate/estimate.ts';
import { explain } from './explain.ts';
import type { inputSchema } from './input.ts';
import type { Prices } from './prices.ts';
import { recordedRuns } from './recorded-runs.ts';
import { timeoutsAmong } from './setbacks/setback.ts';
import { setbacksBefore } from './setbacks/setbacks-before.ts';
import { jobLimitSeconds } from './time-limit.ts';
import { timesOf } from './times-of.ts';
import { workBytes, workloadOf } from './workload.ts';
import { writeBatch } from './write-batch.ts';

/** More of them stand idle nowhere. */
const MOST_WARM_CLUSTERS = 100;

export interface PlanRunWorld extends RunFolders {
  table: StateTable;
  clock: Clock;
  prices: Prices;
  lakeBucket: string;
  artifactsBucket: string;
  emrRelease: string;
  /** No job is ended earlier. */
  leastJobSeconds: number;
}

/**
 * Begins an attempt of a run: fixes what it reads, estimates the work, and chooses the cheapest compute that keeps the
 * dataset's time promise.
 */
export async function planRun(input: z.output<typeof inputSchema>, world: PlanRunWorld) {
  const { dataset, runId, pins } = input;
  const { objects, table, prices, clock, emrRelease } = world;
  const pinned = pins.filter(({ outcome }) => outcome === 'PINNED');
  if (pinned.length === 0) {
    const explanation = 'No upload of the run could be pinned: there is nothing to compute.';
    return { attempt: 0, engine: 'none', explanation, expectedSeconds: 0, expectedCostUsd: 0 };
  }
  const contract = await readContract(dataset, runId, world);
  const { value: run } = await recordedRun(dataset, runId, table);
  const batch = await writeBatch(run, pinned, world);
  const [estimated, recorded, idle] = await Promise.all([
    estimate(batch.uploads, contract, objects),
    recordedRuns(dataset, contract.write.mode, table),
    queryRecords(table, WARM_CLUSTERS, '', warmClusterSchema, MOST_WARM_CLUSTERS),
  ]);
  const workload = workloadOf(estimated, contract, recorded.existingRows);
  const choice = choose(workload, {
    contract,
    candidates: candidatesFor(
      prices,
      idle.map(({ value }) => value).filter(({ shape }) => shape.releaseLabel === emrRelease),
      clock.now(),
    ),
    times: timesOf(recorded, prices, workload.factors),
    egressUsdPerGb: prices.egressUsdPerGb,
    setbacks: await setbacksBefore(run, world),
    shortages: recorded.shortages,
  });
  const explanation = explain(choice, contract);
  const { best } = choice;
  const attempt = await raiseAttempt(dataset, runId, planRecord(choice, explanation), table);
  const at: JobLocations = { dataset, runId, attempt, ...world };
  const textBytes = estimated.textBytes.value;
  const limitSeconds = jobLimitSeconds(best, timeoutsAmong(choice.setbacks), world.leastJobSeconds);
  return {
    attempt,
    engine: best.engine,
    explanation,
    expectedSeconds: best.expectedSeconds,
    expectedCostUsd: best.expectedCostUsd,
    jobLimitSeconds: limitSeconds,
    ...(best.engine === 'emr'
      ? {
          emr: emrPlan(best, textBytes, at, {
            releaseLabel: emrRelease,
            keepWarm: expectsMore(contract),
            prices: prices.emr,
          }),
        }
      : { glue: gluePlan(best, textBytes, limitSeconds, at) }),
  };
}

/** What the run's record keeps of the plan: for people, for the model, and for the plan after a failure. */
function planRecord(
  { best, workload, keeps, setbacks }: Choice,
  explanation: string,
): Record<string, unknown> {
  const { engine, name, machine, spotCount, warm, taskCpus, jobSeconds, expectedSeconds, expectedCostUsd } =
    best;
  return {
    engine,
    name,
    machine,
    spotCount,
    warm,
    taskCpus,
    workBytes: Math.max(1, workBytes(workload, slotsOf(best))),
    factors: workload.factors,
    rows: workload.estimate.rows,
    textBytes: workload.estimate.textBytes,
    unsplittableBytes: workload.estimate.unsplittableBytes,
    longestTaskBytes: workload.estimate.longestTaskBytes,
    workFactor: workload.workFactor,
    jobSeconds,
    expectedSeconds,
    expectedCostUsd,
    keeps,
    setbacks,
    explanation,
  };
}

/** Whether the next upload is due before an idle cluster would end. */
const expectsMore = ({ frequencySeconds }: Contract): boolean =>
  frequencySeconds !== undefined && frequencySeconds <= IDLE_TIMEOUT_SECONDS;

/** A repeated call begins another attempt: numbers may be left out, none is used twice. */
async function raiseAttempt(
  dataset: string,
  runId: string,
  plan: Record<string, unknown>,
  table: StateTable,
): Promise<number> {
  for (;;) {
    const { key, value: run, version } = await recordedRun(dataset, runId, table);
    const raised: RunRecord = { ...run, attempt: run.attempt + 1, plan };
    try {
      await table.write([{ key, item: raised, expectedVersion: version }]);
      return raised.attempt;
    } catch (error) {
      if (!(error instanceof WriteConflict)) throw error;
    }
  }
}
