import { type Batch, batchSchema } from '../core/batch.ts';
import { type Contract, contractSchema } from '../core/contract.ts';
import { TidegateError } from '../core/errors.ts';
import { batchKey, contractKey, inputKey } from '../core/folders.ts';
import type { Pin } from '../core/pin.ts';
import { type ObjectStore, type StateTable, WriteConflict } from '../core/ports.ts';
import { type RunRecord, runKey, runRecordSchema, uploadKey, uploadRecordSchema } from '../core/records.ts';
import { readStoredJson } from '../core/stored-json.ts';
import { type Choice, choose } from './choose.ts';
import { emrPlan, IDLE_TIMEOUT_SECONDS } from './emr-plan.ts';
import { estimate } from './estimate/estimate.ts';
import { glueArguments } from './glue-arguments.ts';
import type { JobLocations } from './job-arguments.ts';
import type { Prices } from './prices.ts';

export interface PlanRunInput {
  dataset: string;
  runId: string;
  pins: Pin[];
}

export interface PlanRunWorld {
  objects: ObjectStore;
  table: StateTable;
  prices: Prices;
  destinationBucket: string;
  lakeBucket: string;
  artifactsBucket: string;
  emrRelease: string;
}

/**
 * Begins an attempt of a run: fixes what it reads, estimates the work, and chooses the cheapest compute that keeps the
 * dataset's time promise.
 */
export async function planRun(input: PlanRunInput, world: PlanRunWorld) {
  const { dataset, runId, pins } = input;
  const { objects, destinationBucket } = world;
  const pinned = pins.filter(({ outcome }) => outcome === 'PINNED');
  if (pinned.length === 0) {
    const explanation = 'No upload of the run could be pinned: there is nothing to compute.';
    return { attempt: 0, engine: 'none', explanation, expectedSeconds: 0, expectedCostUsd: 0 };
  }
  const contractAt = { bucket: destinationBucket, key: contractKey(dataset, runId) };
  const contract = await readStoredJson(objects, contractAt, contractSchema, 'ContractInvalid');
  if (!contract)
    throw new TidegateError('ContractInvalid', `s3://${contractAt.bucket}/${contractAt.key} is gone.`);

  const batch = await writeBatch(input, pinned, world);
  const estimated = await estimate(batch.uploads, contract, objects);
  const choice = choose(estimated, contract, world.prices);
  const attempt = await raiseAttempt(dataset, runId, choice, world.table);
  const locations: JobLocations = { dataset, runId, attempt, ...world };
  const { engine, explanation, expectedSeconds, expectedCostUsd } = choice;
  return {
    attempt,
    engine,
    explanation,
    expectedSeconds,
    expectedCostUsd,
    ...(choice.engine === 'emr'
      ? { emr: emrPlan(choice, locations, world.emrRelease, expectsMore(contract)) }
      : {
          glue: {
            workerType: choice.workerType,
            numberOfWorkers: choice.numberOfWorkers,
            timeoutMinutes: choice.timeoutMinutes,
            arguments: glueArguments(choice, locations),
          },
        }),
  };
}

/** Whether the next upload is due before an idle cluster would end. */
const expectsMore = ({ frequencySeconds }: Contract): boolean =>
  frequencySeconds !== undefined && frequencySeconds <= IDLE_TIMEOUT_SECONDS;

/** Fixes what the job reads: the uploads that could be pinned, oldest first. */
async function writeBatch(
  { dataset, runId }: PlanRunInput,
  pinned: Pin[],
  world: PlanRunWorld,
): Promise<Batch> {
  const { table, objects, destinationBucket } = world;
  const uploads = await Promise.all(
    pinned.map(async ({ uploadId }) => {
      const stored = await table.get(uploadKey(dataset, uploadId));
      if (!stored)
        throw new TidegateError('InvalidInput', `The upload ${uploadId} of "${dataset}" was never admitted.`);
      const { upload } = uploadRecordSchema.parse(stored.item);
      const key = inputKey(dataset, runId, uploadId, upload.compression);
      return { ...upload, input: `s3://${destinationBucket}/${key}` };
    }),
  );
  uploads.sort((a, b) => (a.orderStamp < b.orderStamp ? -1 : 1));
  const batch = batchSchema.parse({ formatVersion: 1, dataset, runId, uploads });
  await objects.write(
    { bucket: destinationBucket, key: batchKey(dataset, runId) },
    JSON.stringify(batch),
    'application/json',
  );
  return batch;
}

/** A repeated call begins another attempt: numbers may be left out, none is used twice. */
async function raiseAttempt(
  dataset: string,
  runId: string,
  plan: Choice,
  table: StateTable,
): Promise<number> {
  const key = runKey(dataset, runId);
  for (;;) {
    const stored = await table.get(key);
    if (!stored) throw new TidegateError('InvalidInput', `There is no run ${runId} of "${dataset}".`);
    const run = runRecordSchema.parse(stored.item);
    const raised: RunRecord = { ...run, attempt: run.attempt + 1, plan: { ...plan } };
    try {
      await table.write([{ key, item: raised, expectedVersion: stored.version }]);
      return raised.attempt;
    } catch (error) {
      if (!(error instanceof WriteConflict)) throw error;
    }
  }
}
