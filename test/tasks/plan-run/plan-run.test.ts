import { RunJobFlowInput$ } from '@aws-sdk/client-emr';
import { problemsByModel } from '../../../local/integrations/api-model.ts';
import type { Json } from '../../../local/states/json.ts';
import { manifestKey } from '../../../tasks/core/folders/folders.ts';
import {
  type RunRecord,
  runKey,
  type UploadRecord,
  uploadKey,
  type WarmCluster,
  warmClusterKey,
} from '../../../tasks/core/records.ts';
import { classify } from '../../../tasks/diagnose-failure/classify.ts';
import { type Candidate, candidatesFor } from '../../../tasks/plan-run/candidates.ts';
import { emrPlan } from '../../../tasks/plan-run/engines/emr-plan.ts';
import { planRun } from '../../../tasks/plan-run/plan-run.ts';
import published from '../../../tasks/plan-run/prices.json' with { type: 'json' };
import { pricesSchema } from '../../../tasks/plan-run/prices.ts';
import { recordedRuns } from '../../../tasks/plan-run/recorded-runs.ts';
import { writeBatch } from '../../../tasks/plan-run/write-batch.ts';
import { MemoryObjectStore } from '../../fakes/memory-object-store.ts';
import { MemoryStateTable } from '../../fakes/memory-state-table.ts';
import { contractOf, uploadOf } from '../../fakes/samples.ts';

const RUN_ID = '20261124T120000Z-00000001';
const PLACES = { destinationBucket: 'destination', lakeBucket: 'lake', artifactsBucket: 'artifacts' };

/** A run of one upload of so many rows, admitted and pinned. */
async function admitted(rows: number, contract = contractOf()) {
  const [objects, table] = [new MemoryObjectStore(), new MemoryStateTable()];
  const body = `id,note\n${'1234567,a note of some words\n'.repeat(rows)}`;
  const upload = { ...uploadOf('flights/a.csv'), sizeBytes: body.length };
  const { uploadId } = upload;
  const record: UploadRecord = {
    upload,
    status: 'RUNNING',
    wanted: 1,
    taken: 1,
    replayedBy: null,
    runId: RUN_ID,
    reason: null,
  };
  objects.put(PLACES.destinationBucket, `runs/flights/${RUN_ID}/input/${uploadId}.csv`, body);
  objects.put(PLACES.destinationBucket, `runs/flights/${RUN_ID}/contract.json`, JSON.stringify(contract));
  const run = runOf(RUN_ID, { uploads: [{ uploadId, generation: 1 }] });
  await table.write([
    { key: uploadKey('flights', uploadId), item: record, expectedVersion: null },
    { key: runKey('flights', RUN_ID), item: run, expectedVersion: null },
  ]);
  const world = {
    objects,
    table,
    clock: { now: () => new Date('2026-11-24T12:00:00Z') },
    prices: pricesSchema.parse(published),
    emrRelease: 'emr-spark-8.1.0',
    leastJobSeconds: 0,
    ...PLACES,
  };
  const plan = () =>
    planRun({ dataset: 'flights', runId: RUN_ID, pins: [{ uploadId, outcome: 'PINNED' }] }, world);
  return { objects, table, plan };
}

const runOf = (runId: string, changes: Partial<RunRecord>): RunRecord => ({
  runId,
  dataset: 'flights',
  executionArn: `arn:aws:states:us-east-1:123456789012:execution:ingest:${runId}`,
  startedAt: '2026-11-24T12:00:00.000Z',
  status: 'RUNNING',
  redriveCount: 0,
  uploads: [{ uploadId: 'u', generation: 1 }],
  attempt: 0,
  discardedAttempt: 0,
  plan: null,
  outcome: null,
  ...changes,
});

/** What is asked of EMR for a candidate whose job takes ten minutes, or three times as long. */
function emrPlanOf(candidate: Candidate) {
  const best = {
    ...candidate,
    jobSeconds: 600,
    expectedSeconds: 1100,
    safeSeconds: 3300,
    expectedCostUsd: 1,
  };
  const at = { dataset: 'flights', runId: RUN_ID, attempt: 1, ...PLACES };
  const { emr: prices } = pricesSchema.parse(published);
  return emrPlan(best, 5e9, at, { releaseLabel: 'emr-spark-8.1.0', keepWarm: false, prices });
}

describe('PlanRun', () => {
  it('begins an attempt with what the engine is to be given', async () => {
    const { table, plan } = await admitted(2000);
    const planned = await plan();
    expect(planned).toMatchObject({
      attempt: 1,
      engine: 'glue',
      glue: {
        workerType: 'G.1X',
        numberOfWorkers: 2,
        arguments: { '--run-id': RUN_ID, '--attempt': '1', '--datalake-formats': 'iceberg' },
      },
    });
    expect(planned.explanation).toContain('2,000 rows of 2 columns');
    const recorded = (await table.get(runKey('flights', RUN_ID)))?.item;
    expect(recorded).toMatchObject({
      attempt: 1,
      plan: { engine: 'glue', name: 'Glue 2 x G.1X', explanation: planned.explanation },
    });
    expect((recorded as RunRecord | undefined)?.plan?.['workBytes']).toBeGreaterThan(50_000);
  });

  it('has the job read the uploads from the oldest on, with the mended rows that the run may count', async () => {
    const { objects, table } = await admitted(1);
    const uploads = [uploadOf('flights/late.csv', 'v1', 9), uploadOf('flights/early.csv', 'v1', 1)];
    const uploadIds = uploads.map(({ uploadId }) => uploadId);
    const mend = (name: string, generation: number) => ({
      key: `mended/flights/u/${name}`,
      versionId: 'v1',
      generation,
    });
    const record: Omit<UploadRecord, 'upload'> = {
      status: 'RUNNING',
      wanted: 3,
      taken: 2,
      replayedBy: null,
      runId: RUN_ID,
      reason: null,
    };
    for (const [at, upload] of uploads.entries()) {
      const mends = at === 0 ? { mends: [mend('a.csv', 2), mend('later.csv', 3)] } : {};
      const item = { ...record, upload, ...mends };
      await table.write([{ key: uploadKey('flights', upload.uploadId), item, expectedVersion: null }]);
    }
    const run = runOf(RUN_ID, { uploads: uploadIds.map((uploadId) => ({ uploadId, generation: 2 })) });
    const pins = uploadIds.map((uploadId) => ({ uploadId, outcome: 'PINNED' as const }));
    const batch = await writeBatch(run, pins, { table, objects, ...PLACES });
    const input = `s3://destination/runs/flights/${RUN_ID}/input`;
    const [late, early] = uploadIds;
    expect(batch.uploads).toEqual([
      { ...uploads[1], input: `${input}/${early}.csv` },
      {
        ...uploads[0],
        input: `${input}/${late}.csv`,
        mended: [{ name: 'a.csv', uri: `${input}/${late}.mended-2.csv` }],
      },
    ]);
  });

  it('begins an attempt of its own for each of two calls at once', async () => {
    const { plan, table } = await admitted(2000);
    const planned = await Promise.all([plan(), plan()]);
    expect(planned.map(({ attempt }) => attempt).sort()).toEqual([1, 2]);
    expect((await table.get(runKey('flights', RUN_ID)))?.item).toMatchObject({ attempt: 2 });
  });

  it.each([
    [undefined, false],
    [901, false],
    [900, true],
  ])(
    'with an upload every %s s keeps the cluster for the next one: %s',
    async (frequencySeconds, keepWarm) => {
      const often = frequencySeconds === undefined ? {} : { frequencySeconds };
      const { plan } = await admitted(2000, contractOf({ engine: 'emr', ...often }));
      expect(await plan()).toMatchObject({ emr: { keepWarm } });
    },
  );

  it.each([
    ['append', 60],
    ['replace', 30],
  ] as const)('counts the rows that runs left in the table: %s', async (mode, rows) => {
    const { table } = await admitted(1);
    for (const [day, current] of [
      [10, 10],
      [11, 20],
      [12, 30],
    ]) {
      const runId = `202611${day}T120000Z-00000001`;
      const ended = runOf(runId, { status: 'SUCCEEDED', outcome: { rows: { current } } });
      await table.write([{ key: runKey('flights', runId), item: ended, expectedVersion: null }]);
    }
    expect(await recordedRuns('flights', mode, table)).toMatchObject({ existingRows: rows });
  });

  it.each([
    ['that failed for memory', { status: 'FAILED' }, {}, 'lost', [4]],
    ['that failed for something else', { status: 'FAILED' }, { cause: 'exit code 1' }, 'lost', []],
    ['that failed for memory before its newest attempt', { status: 'FAILED' }, { attempt: 1 }, 'lost', []],
    ['that goes on after it failed for memory', { status: 'RUNNING' }, {}, 'memory', []],
    ['that succeeded after it failed for memory', { status: 'SUCCEEDED' }, {}, 'memory', [8]],
  ] as const)(
    'learns what memory is not enough from a run %s',
    async (_, changes, ofOutcome, kind, memory) => {
      const { table } = await admitted(1);
      const machine = { instanceType: 'G.1X', instanceCount: 1, vcpu: 4, memoryGiB: 16 };
      const compute = { name: 'Glue 2 x G.1X', engine: 'glue', machine, spotCount: 0, taskCpus: 1 };
      const runId = '20261110T120000Z-00000001';
      const setback = { kind, plan: { ...compute, taskCpus: 2 }, told: 'Attempt 1 came to nothing.' };
      const ended = runOf(runId, {
        ...changes,
        attempt: 2,
        plan: { ...compute, textBytes: { value: 1e9 }, setbacks: [setback] },
        outcome: { error: 'GlueJobFailed', cause: 'java.lang.OutOfMemoryError', attempt: 2, ...ofOutcome },
      });
      await table.write([{ key: runKey('flights', runId), item: ended, expectedVersion: null }]);
      const { shortages } = await recordedRuns('flights', 'merge', table);
      expect(shortages.map(({ memoryGiBPerSlot }) => memoryGiBPerSlot)).toEqual(memory);
    },
  );

  it('plans nothing where nothing could be pinned', async () => {
    const { table, objects } = await admitted(1);
    const pins = [{ uploadId: 'u', outcome: 'GONE' as const, reason: 'deleted' }];
    const world = {
      objects,
      table,
      clock: { now: () => new Date() },
      prices: pricesSchema.parse(published),
      emrRelease: '',
      leastJobSeconds: 0,
      ...PLACES,
    };
    expect(await planRun({ dataset: 'flights', runId: RUN_ID, pins }, world)).toMatchObject({
      engine: 'none',
      attempt: 0,
    });
  });

  it('learns from the runs that were recorded, on the engine that they ran on', async () => {
    const { plan, table } = await admitted(2000);
    for (let day = 10; day < 22; day += 1) {
      const runId = `202611${day}T120000Z-00000001`;
      const machine = { instanceType: 'G.1X', instanceCount: 3, vcpu: 4, memoryGiB: 16 };
      const ended = runOf(runId, {
        status: day === 21 ? 'FAILED' : 'SUCCEEDED',
        plan: { engine: 'glue', workBytes: 60_000 + day, machine },
        outcome: { jobSeconds: 100, rows: { current: 10 } },
      });
      await table.write([{ key: runKey('flights', runId), item: ended, expectedVersion: null }]);
    }
    const { explanation, expectedSeconds } = await plan();
    expect(explanation).toContain('learned from 11 runs of the dataset on Glue');
    expect(explanation).toContain('up to 120 rows in the table');
    // A minute to start, the job (half a minute by the table), a minute and a half for all else.
    expect(expectedSeconds).toBeGreaterThan(60 + 90 + 60);
    expect(expectedSeconds).toBeLessThan(60 + 90 + 130);
  });

  it('learns from runs on a leased cluster by what they ran on', async () => {
    const { plan, table } = await admitted(2000, contractOf({ engine: 'emr' }));
    // Planned on 4, run on 8; half of each file is read by a single task.
    const machine = { instanceType: 'm7g.xlarge', instanceCount: 4, vcpu: 4, memoryGiB: 16 };
    for (let day = 10; day < 22; day += 1) {
      const runId = `202611${day}T120000Z-00000001`;
      const value = day * 1e9;
      const planned = {
        engine: 'emr',
        workBytes: 1,
        machine,
        leased: { instanceCount: 8 },
        textBytes: { value },
        unsplittableBytes: value / 2,
        longestTaskBytes: value / 2,
        workFactor: 2,
      };
      const outcome = { jobSeconds: 100 };
      const ended = runOf(runId, { status: 'SUCCEEDED', plan: planned, outcome });
      await table.write([{ key: runKey('flights', runId), item: ended, expectedVersion: null }]);
    }
    const { emr } = await recordedRuns('flights', 'merge', table);
    expect(emr).toHaveLength(12);
    expect(emr[0]?.machine).toEqual({ ...machine, instanceCount: 8 });
    // Of 21 GB a quarter is done by one of 32 tasks, the rest by all; twice the usual work for a byte.
    expect(emr[0]?.features).toEqual({ size_bytes: (0.75 * 21e9 + 0.25 * 21e9 * 32) * 2 });
    expect((await plan()).explanation).toContain('learned from 12 runs of the dataset on EMR');
  });

  it.each([
    ['that grew by what it was on the mean', 24, 6],
    ['whose executors came late by all of its nodes', 11.5, 4],
    ['that did not tell by its plan', null, 4],
  ])('learns from a run on a cluster %s', async (_, executorCores, instanceCount) => {
    const { table } = await admitted(1);
    const machine = { instanceType: 'm7g.xlarge', instanceCount: 4, vcpu: 4, memoryGiB: 16 };
    const runId = '20261110T120000Z-00000001';
    const ended = runOf(runId, {
      status: 'SUCCEEDED',
      plan: { engine: 'emr', workBytes: 5e9, machine },
      outcome: { jobSeconds: 100, executorCores },
    });
    await table.write([{ key: runKey('flights', runId), item: ended, expectedVersion: null }]);
    const { emr } = await recordedRuns('flights', 'merge', table);
    expect(emr[0]?.machine).toEqual({ ...machine, instanceCount });
  });

  it.each(pricesSchema.parse(published).emr.instances.map(({ type }) => type))(
    'has the price of all nodes that are asked for, the primary of a cluster of %s too',
    (instanceType) => {
      const { emr } = pricesSchema.parse(published);
      const candidate = candidatesFor(pricesSchema.parse(published), [], new Date(0)).find(
        ({ machine, spotCount }) =>
          machine.instanceType === instanceType && machine.instanceCount === 1 && spotCount === 0,
      ) as Candidate;
      const asked = emrPlanOf(candidate).instanceFleets;
      const usdPerHour = asked.reduce((sum, { InstanceTypeConfigs }) => {
        const priced = emr.instances.find(({ type }) => type === InstanceTypeConfigs[0]?.InstanceType);
        return sum + (priced?.ec2UsdPerHour ?? 0) + (priced?.emrUsdPerHour ?? 0);
      }, 0);
      expect(candidate.usdPerHour).toBeCloseTo(usdPerHour, 9);
    },
  );

  it('gives EMR fleets of several types, spot instances with a way out, and room to grow', () => {
    const prices = pricesSchema.parse(published);
    const candidate = candidatesFor(prices, [], new Date(0)).find(
      ({ machine, spotCount }) =>
        machine.instanceType === 'm7g.2xlarge' && machine.instanceCount === 6 && spotCount > 0,
    );
    if (!candidate) throw new Error('There is no such cluster.');
    const emr = emrPlanOf(candidate);
    const spot = { TimeoutDurationMinutes: 7, TimeoutAction: 'SWITCH_TO_ON_DEMAND' };
    expect(emr.instanceFleets).toMatchObject([
      { InstanceFleetType: 'MASTER', TargetOnDemandCapacity: 1 },
      {
        InstanceFleetType: 'CORE',
        TargetOnDemandCapacity: 2,
        InstanceTypeConfigs: [{ InstanceType: 'm7g.2xlarge' }, { InstanceType: 'm6g.2xlarge' }],
      },
      {
        InstanceFleetType: 'TASK',
        TargetSpotCapacity: 4,
        InstanceTypeConfigs: [{ InstanceType: 'm7g.2xlarge' }, { InstanceType: 'm6g.2xlarge' }],
        LaunchSpecifications: { SpotSpecification: spot },
      },
    ]);
    const request = {
      Name: emr.clusterName,
      Instances: { InstanceFleets: emr.instanceFleets },
      ManagedScalingPolicy: emr.managedScalingPolicy,
    };
    expect(problemsByModel(RunJobFlowInput$, request as unknown as Json)).toEqual([]);
    // Three times as long is possible, and so are three times as many machines.
    expect(emr.managedScalingPolicy.ComputeLimits).toEqual({
      UnitType: 'InstanceFleetUnits',
      MinimumCapacityUnits: 6,
      MaximumCapacityUnits: 18,
      MaximumOnDemandCapacityUnits: 18,
      MaximumCoreCapacityUnits: 2,
    });
    // 2 GiB, and half a MiB for each 64 MiB of the 5 GB.
    expect(emr.stepArguments).toContain('spark.driver.memory=2085m');
    expect(emr.stepArguments).toEqual(
      expect.arrayContaining([
        'spark.executor.cores=4',
        'spark.dynamicAllocation.initialExecutors=12',
        // 48 slots, three tasks each.
        `spark.sql.files.maxPartitionBytes=${Math.round(5e9 / 144)}`,
      ]),
    );
  });

  it('takes an idle cluster of its release under the shape by which it will be leased', async () => {
    const { plan, table } = await admitted(2000, contractOf({ engine: 'emr' }));
    const cluster = (clusterId: string, releaseLabel: string): WarmCluster => ({
      clusterId,
      shape: { releaseLabel, instanceType: 'r7g.2xlarge', instanceCount: 3, spotCount: 0 },
      lease: null,
      keptUntil: '2026-11-24T12:15:00.000Z',
    });
    await table.write([
      { key: warmClusterKey('j-old'), item: cluster('j-old', 'emr-spark-8.0.0'), expectedVersion: null },
    ]);
    expect((await plan()).explanation).not.toContain('warm');
    await table.write([
      { key: warmClusterKey('j-1'), item: cluster('j-1', 'emr-spark-8.1.0'), expectedVersion: null },
    ]);
    const planned = (await plan()) as { emr: { shape: unknown }; explanation: string };
    expect(planned.explanation).toContain('warm EMR 3 x r7g.2xlarge');
    expect(planned.emr.shape).toEqual(cluster('', 'emr-spark-8.1.0').shape);
  });

  it('plans otherwise after an attempt that ran out of memory', async () => {
    const { plan, objects } = await admitted(2000);
    await plan();
    objects.put(
      PLACES.destinationBucket,
      `runs/flights/${RUN_ID}/attempts/1/error.json`,
      JSON.stringify({ message: 'java.lang.OutOfMemoryError: Java heap space' }),
    );
    const again = await plan();
    expect(again).toMatchObject({ attempt: 2 });
    expect(again.explanation).toContain('Attempt 1 on Glue 2 x G.1X ran out of memory.');
    expect(again.explanation.split(':')[0]).not.toBe('Glue 2 x G.1X');
  });

  it('plans otherwise after an attempt that said so by its exit code alone', async () => {
    const { plan, table } = await admitted(2000);
    await plan();
    const key = runKey('flights', RUN_ID);
    const stored = await table.get(key);
    const outcome = { error: 'SparkStepFailed', cause: 'spark-submit exited with code 52.', attempt: 1 };
    await table.write([
      { key, item: { ...stored?.item, outcome }, expectedVersion: stored?.version ?? null },
    ]);
    expect((await plan()).explanation).toContain('Attempt 1 on Glue 2 x G.1X ran out of memory.');
  });

  it('knows of all attempts that ran out of memory, and so does the next run', async () => {
    const { plan, objects, table } = await admitted(2000, contractOf({ engine: 'glue' }));
    const runOut = async (attempt: number) => {
      const planned = await plan();
      objects.put(
        PLACES.destinationBucket,
        `runs/flights/${RUN_ID}/attempts/${attempt}/error.json`,
        JSON.stringify({ message: 'java.lang.OutOfMemoryError: Java heap space' }),
      );
      return planned;
    };
    await runOut(1);
    expect((await runOut(2)).explanation).toContain('8.0 GiB of memory per slot instead of 4.0 GiB');
    const third = await runOut(3);
    expect(third.explanation).toContain('Attempt 1 on Glue 2 x G.1X ran out of memory. Attempt 2 on Glue');
    expect(third.explanation).toContain('16.0 GiB of memory per slot instead of 8.0 GiB');
    expect(third).toMatchObject({
      glue: { arguments: { '--conf': expect.stringContaining('--conf spark.task.cpus=4') } },
    });
    for (const [at, workerType] of ['G.2X', 'G.4X', 'G.8X'].entries())
      expect(await runOut(4 + at)).toMatchObject({ glue: { workerType } });
    await expect(plan()).rejects.toMatchObject({ name: 'ComputeExhausted' });

    const key = runKey('flights', RUN_ID);
    const stored = await table.get(key);
    const cause = 'java.lang.OutOfMemoryError: Java heap space (stage: merge)';
    await table.write([
      {
        key,
        item: { ...stored?.item, status: 'FAILED', outcome: { error: 'GlueJobFailed', cause, attempt: 6 } },
        expectedVersion: stored?.version ?? null,
      },
    ]);
    const { shortages } = await recordedRuns('flights', 'merge', table);
    expect(shortages.map(({ memoryGiBPerSlot }) => memoryGiBPerSlot)).toEqual([4, 8, 16, 16, 16, 16]);
    expect(shortages[0]?.textBytes).toBeGreaterThan(50_000);
  });

  it('plans as before after an attempt that was taken away, not one before it', async () => {
    const { plan, table } = await admitted(2000);
    const end = async (attempt: number) => {
      const stored = await table.get(runKey('flights', RUN_ID));
      const outcome = { error: 'ExecutionAborted', cause: 'Somebody stopped it.', attempt };
      await table.write([
        {
          key: runKey('flights', RUN_ID),
          item: { ...stored?.item, outcome },
          expectedVersion: stored?.version ?? null,
        },
      ]);
    };
    const first = await plan();
    await end(1);
    expect((await plan()).explanation).toBe(first.explanation);
    expect((await plan()).explanation).toContain(
      'Attempt 2 on Glue 2 x G.1X ended without reporting an error',
    );
  });

  it.each([
    ['RunGlueJob', 'States.TaskFailed', '{"Id":"jr_1","JobRunState":"TIMEOUT"}'],
    ['RunSparkStep', 'States.Timeout', ''],
  ])('gives the job twice as long after %s ended one for its time', async (state, error, cause) => {
    const { plan, table } = await admitted(2000);
    const ended = classify({ state, error, cause }, { jobError: null, cluster: null, logTail: '' });
    expect(await plan()).toMatchObject({ jobLimitSeconds: 1200 });
    for (const [attempt, times] of [2, 4].entries()) {
      const stored = await table.get(runKey('flights', RUN_ID));
      const item = { ...stored?.item, outcome: { ...ended, attempt: attempt + 1 } };
      await table.write([{ key: runKey('flights', RUN_ID), item, expectedVersion: stored?.version ?? null }]);
      const next = await plan();
      expect(next).toMatchObject({ jobLimitSeconds: times * 1200 });
      expect(next.explanation).toContain(`So this attempt has ${times} times as long.`);
    }
  });

  it('plans as before after an attempt that left its manifest', async () => {
    const { plan, objects } = await admitted(2000);
    const first = await plan();
    objects.put(PLACES.destinationBucket, manifestKey('flights', RUN_ID, 1), '{}');
    expect((await plan()).explanation).toBe(first.explanation);
  });
});
