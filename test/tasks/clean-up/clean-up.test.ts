import { admitUpload } from '../../../tasks/admit-upload/admit-upload.ts';
import { cleanUp } from '../../../tasks/clean-up/clean-up.ts';
import { clusterNameOf } from '../../../tasks/core/compute/cluster-name.ts';
import type { ExecutionState } from '../../../tasks/core/ports.ts';
import {
  gateKey,
  gateSchema,
  runKey,
  runRecordSchema,
  uploadKey,
  uploadRecordSchema,
  warmClusterKey,
} from '../../../tasks/core/records.ts';
import { uploadIdOf } from '../../../tasks/core/upload-id.ts';
import { functionTable } from '../../../tasks/functions.ts';
import { type MemoryPorts, memoryPorts } from '../../fakes/memory-ports.ts';
import { executionOf, objectCreated } from '../../fakes/samples.ts';

const RUN = '20261123T190000Z-0a1b2c3d';
const shape = { releaseLabel: 'emr', instanceType: 'm7g.xlarge', instanceCount: 2, spotCount: 0 };
const failureOf = (redriveCount = 0) => ({
  execution: executionOf('e1', redriveCount),
  error: 'SparkStepFailed',
  cause: 'boom',
  messageId: 'm-1',
});

/** A run of execution e1 whose second attempt has begun. */
const failedRun = async () => {
  const world = memoryPorts();
  const answer = await admitUpload(objectCreated('flights/a.csv'), executionOf('e1'), world);
  if (answer.outcome !== 'Run') throw new Error(answer.outcome);
  const { runId } = answer;
  const stored = await world.table.get(runKey('flights', runId));
  await world.table.write([
    {
      key: runKey('flights', runId),
      item: { ...runRecordSchema.parse(stored?.item), attempt: 2 },
      expectedVersion: stored?.version ?? null,
    },
  ]);
  return { world, runId };
};

const gateOf = async (world: MemoryPorts) =>
  gateSchema.parse((await world.table.get(gateKey('flights')))?.item);
const uploadOf = async (world: MemoryPorts) => {
  const key = uploadKey('flights', uploadIdOf('source', 'flights/a.csv', 'v1'));
  return uploadRecordSchema.parse((await world.table.get(key))?.item);
};

const ended = (
  world: MemoryPorts,
  status: ExecutionState['status'],
  more: Partial<ExecutionState> = {},
): string => {
  const { arn, name, startTime } = executionOf('e1');
  const state = { arn, name, startedAt: new Date(startTime), redriveCount: 0, input: {}, error: null };
  world.executions.states.set(arn, { ...state, cause: null, status, ...more });
  return arn;
};
const statusChange = (executionArn: string) => ({ source: 'aws.states', detail: { executionArn } }) as const;

describe('after a failure', () => {
  test('ends the clusters and job runs of the run, those whose creation was never answered too; strangers go on', async () => {
    const { world, runId } = await failedRun();
    world.clusters.create('j-1', clusterNameOf({ dataset: 'flights', runId, attempt: 2 }));
    world.clusters.create('j-lost', clusterNameOf({ dataset: 'flights', runId, attempt: 1 }), 'STARTING');
    world.clusters.create('j-other', 'tidegate-flights-20260101T000000Z-ffffffff-1');
    world.jobRuns.active.set('jr-own', { runId, attempt: 1 }).set('jr-other', { runId: 'OTHER', attempt: 1 });
    // What others do keeps no gate.
    expect(await cleanUp(failureOf(), world)).toMatchObject({ released: true });
    expect([...world.clusters.clusters].map(([id, { state }]) => [id, state])).toEqual([
      ['j-1', 'TERMINATING'],
      ['j-lost', 'TERMINATING'],
      ['j-other', 'WAITING'],
    ]);
    expect([...world.jobRuns.active.keys()]).toEqual(['jr-other']);
  });

  test('marks the uploads FAILED with the reason, releases the gate and starts what waits, however often it is called', async () => {
    const { world } = await failedRun();
    await admitUpload(objectCreated('flights/b.csv'), executionOf('e2'), world);
    for (let call = 0; call < 3; call += 1) await cleanUp(failureOf(), world);
    expect(await uploadOf(world)).toMatchObject({ status: 'FAILED', reason: 'SparkStepFailed: boom' });
    expect((await gateOf(world)).holder).toBeNull();
    expect([...world.executions.started]).toEqual([['flights-after-1', { dataset: 'flights' }]]);
  });

  test('keeps the gate until the step is seen ended; one sweep waits for that and releases it', async () => {
    const { world, runId } = await failedRun();
    await admitUpload(objectCreated('flights/b.csv'), executionOf('e2'), world);
    world.clusters.create('j-1', clusterNameOf({ dataset: 'flights', runId, attempt: 2 }));
    const cluster = world.clusters.clusters.get('j-1');
    Object.assign(cluster ?? {}, { openSteps: 1 });
    expect(await cleanUp(failureOf(), world)).toMatchObject({ released: false });
    expect((await gateOf(world)).holder).toBe(runId);
    // Begun now, the next execution would find the gate taken, and its name would be used up.
    expect(world.executions.started.size).toBe(0);
    ended(world, 'FAILED');
    let looks = 0;
    await cleanUp(
      { sweep: true },
      {
        ...world,
        async pause() {
          expect((await gateOf(world)).holder).toBe(runId);
          looks += 1;
          if (looks === 3) Object.assign(cluster ?? {}, { openSteps: 0 });
        },
      },
    );
    expect(looks).toBe(3);
    expect((await gateOf(world)).holder).toBeNull();
    expect([...world.executions.started.keys()]).toEqual(['flights-after-1']);
    expect(world.notices.published).toEqual([]);
  });

  test('a sweep gives up waiting for an end that does not come, well before it would be cut off itself', async () => {
    const { world, runId } = await failedRun();
    world.clusters.create('j-1', clusterNameOf({ dataset: 'flights', runId, attempt: 2 }));
    Object.assign(world.clusters.clusters.get('j-1') ?? {}, { openSteps: 1 });
    ended(world, 'FAILED');
    const before = world.clock.now().getTime();
    await cleanUp({ sweep: true }, world);
    const seconds = (world.clock.now().getTime() - before) / 1000;
    expect(seconds).toBeGreaterThanOrEqual(240);
    expect(seconds).toBeLessThan(functionTable.CleanUp.timeoutSeconds - 60);
    expect((await gateOf(world)).holder).toBe(runId);
  });

  test('keeps the gate while Glue is still stopping the job run', async () => {
    const { world, runId } = await failedRun();
    world.jobRuns.active.set('jr-1', { runId, attempt: 2 });
    world.jobRuns.stop = async () => {};
    expect(await cleanUp(failureOf(), world)).toMatchObject({ released: false });
    expect((await gateOf(world)).holder).toBe(runId);
  });

  test('keeps the gate while a cluster does not end, though it has no step yet', async () => {
    const { world, runId } = await failedRun();
    world.clusters.create('j-1', clusterNameOf({ dataset: 'flights', runId, attempt: 2 }), 'STARTING');
    world.clusters.terminate = async () => {};
    expect(await cleanUp(failureOf(), world)).toMatchObject({ released: false });
    expect((await gateOf(world)).holder).toBe(runId);
  });

  test('ends the cluster that the run leased, which nobody can lease any more, and not one that it gave away', async () => {
    const { world, runId } = await failedRun();
    const own = { dataset: 'flights', runId, attempt: 2 };
    const other = { dataset: 'flights', runId: RUN, attempt: 1 };
    for (const [clusterId, maker, lease] of [
      ['j-leased', other, own],
      ['j-given-away', own, other],
    ] as const) {
      world.clusters.create(clusterId, clusterNameOf(maker));
      const item = { clusterId, shape, lease, keptUntil: '2026-11-23T20:00:00.000Z' };
      await world.table.write([{ key: warmClusterKey(clusterId), item, expectedVersion: null }]);
    }
    await cleanUp(failureOf(), world);
    expect((await world.clusters.state('j-leased')).state).toBe('TERMINATING');
    expect(await world.table.get(warmClusterKey('j-leased'))).toBeNull();
    expect((await world.clusters.state('j-given-away')).state).toBe('WAITING');
    expect(await world.table.get(warmClusterKey('j-given-away'))).not.toBeNull();
  });

  test('leaves the gate alone when another run holds it by now', async () => {
    const { world } = await failedRun();
    await cleanUp(failureOf(), world);
    const other = await admitUpload(objectCreated('flights/b.csv'), executionOf('e2'), world);
    await cleanUp(failureOf(), world);
    expect(other).toMatchObject({ outcome: 'Run', runId: (await gateOf(world)).holder });
  });

  test('a late call for a failure that was redriven since touches nothing', async () => {
    const { world, runId } = await failedRun();
    await cleanUp(failureOf(), world);
    await admitUpload(objectCreated('flights/a.csv'), executionOf('e1', 1), world);
    world.clusters.create('j-1', clusterNameOf({ dataset: 'flights', runId, attempt: 3 }));
    await cleanUp(failureOf(0), world);
    expect((await gateOf(world)).holder).toBe(runId);
    expect(await uploadOf(world)).toMatchObject({ status: 'RUNNING' });
    expect(world.clusters.clusters.get('j-1')?.state).toBe('WAITING');
  });

  test('a call that is at work when the failure is redriven ends nothing of the run that was admitted anew', async () => {
    const { world, runId } = await failedRun();
    await cleanUp(failureOf(), world);
    const list = world.jobRuns.list.bind(world.jobRuns);
    world.jobRuns.list = async () => {
      world.jobRuns.list = list;
      await admitUpload(objectCreated('flights/a.csv'), executionOf('e1', 1), world);
      return [];
    };
    await cleanUp(failureOf(), world);
    expect((await gateOf(world)).holder).toBe(runId);
    expect(await uploadOf(world)).toMatchObject({ status: 'RUNNING' });
  });

  test('a late call leaves alone an upload that a replay has taken since', async () => {
    const { world, runId } = await failedRun();
    await cleanUp(failureOf(), world);
    const answer = await admitUpload({ runId }, executionOf('replay'), world);
    await cleanUp(failureOf(), world);
    expect(answer).toMatchObject({ outcome: 'Run' });
    expect(await uploadOf(world)).toMatchObject({
      status: 'RUNNING',
      runId: (answer as { runId: string }).runId,
    });
  });

  test('an execution that failed before it had a run leaves nothing to clean', async () => {
    const { world } = await failedRun();
    const answer = await cleanUp({ ...failureOf(), execution: executionOf('other') }, world);
    expect(answer).toEqual({ clusters: [], jobRuns: [], released: true });
  });
});

describe('after an end that no Catch saw', () => {
  test.each([
    ['ABORTED', 'ExecutionAborted'],
    ['TIMED_OUT', 'ExecutionTimedOut'],
    ['FAILED', 'UnexpectedFailure'],
  ] as const)(
    '%s is told once and given up, by whichever of event and sweep comes first',
    async (status, error) => {
      const { world } = await failedRun();
      const arn = ended(world, status);
      await cleanUp(statusChange(arn), world);
      await cleanUp({ sweep: true }, world);
      await cleanUp(statusChange(arn), world);
      expect(world.notices.published).toEqual([
        expect.objectContaining({ subject: `Tidegate: flights: ${error}` }),
      ]);
      expect((await gateOf(world)).holder).toBeNull();
      expect(await uploadOf(world)).toMatchObject({ status: 'FAILED' });
    },
  );

  test('nothing is told again when the state Alert went through, though its clean-up never did', async () => {
    const { world } = await failedRun();
    const arn = ended(world, 'FAILED', { error: 'SparkStepFailed', cause: 'boom' });
    world.executions.alerted.add(arn);
    await cleanUp({ sweep: true }, world);
    expect(world.notices.published).toEqual([]);
    expect((await gateOf(world)).holder).toBeNull();
  });

  test.each([
    ['of an earlier redrive', { messageId: 'm-1', redriveCount: 0 }],
    ['that SNS did not take', { messageId: '', redriveCount: 1 }],
    ['without an answer', null],
  ])('it is told although there was an alert %s', async (_name, output) => {
    const { world } = await failedRun();
    world.executions.outputsOf = async () => [output];
    await cleanUp(statusChange(ended(world, 'FAILED', { redriveCount: 1 })), world);
    expect(world.notices.published).toHaveLength(1);
  });

  test.each([
    [{ error: 'Wrong file', cause: 'stopped by hand' }, 'Wrong file: stopped by hand'],
    [{ error: null, cause: 'stopped by hand' }, 'stopped by hand'],
    [{ error: null, cause: null }, 'Somebody stopped the execution and gave no reason.'],
  ])('an abort is told in the words of whoever aborted: %j', async (words, told) => {
    const { world } = await failedRun();
    await cleanUp(statusChange(ended(world, 'ABORTED', words)), world);
    expect(world.notices.published[0]?.message).toContain(`\nWhy: ${told}\n`);
  });

  test('a failure that the state Alert could not tell is told in its own words, not in those that Lambda wraps them in', async () => {
    const { world } = await failedRun();
    const cause = JSON.stringify({ errorType: 'SparkStepFailed', errorMessage: 'boom', trace: ['at x'] });
    await cleanUp(statusChange(ended(world, 'FAILED', { error: 'SparkStepFailed', cause })), world);
    expect(world.notices.published[0]?.message).toMatch(/\nWhy: boom\nWhat to do: /);
    expect((await uploadOf(world)).reason).toBe('SparkStepFailed: boom');
  });

  test('an alert that SNS refused is sent again once its sender is surely dead', async () => {
    const { world } = await failedRun();
    const arn = ended(world, 'ABORTED');
    const { publish } = world.notices;
    world.notices.publish = async () => {
      throw new Error('SNS is down');
    };
    await expect(cleanUp(statusChange(arn), world)).rejects.toThrow('SNS is down');
    expect((await gateOf(world)).holder).toBeNull();
    world.notices.publish = publish;
    await cleanUp(statusChange(arn), world);
    expect(world.notices.published).toEqual([]);
    world.pass(functionTable.CleanUp.timeoutSeconds * 2);
    await cleanUp({ sweep: true }, world);
    expect(world.notices.published).toHaveLength(1);
  });

  test('an event that comes late leaves a redriven execution alone', async () => {
    const { world, runId } = await failedRun();
    const arn = ended(world, 'RUNNING', { redriveCount: 1 });
    world.clusters.create('j-1', clusterNameOf({ dataset: 'flights', runId, attempt: 2 }));
    await cleanUp(statusChange(arn), world);
    expect((await gateOf(world)).holder).toBe(runId);
    expect(world.clusters.clusters.get('j-1')?.state).toBe('WAITING');
  });

  test('what a late admission took for an execution that ended well waits again, and nobody is told', async () => {
    const { world, runId } = await failedRun();
    await cleanUp(statusChange(ended(world, 'SUCCEEDED')), world);
    expect(await uploadOf(world)).toMatchObject({ status: 'WAITING', reason: null });
    expect((await gateOf(world)).holder).toBeNull();
    expect(world.notices.published).toEqual([]);
    const next = await admitUpload({ dataset: 'flights' }, executionOf('e2'), world);
    expect(next).toMatchObject({ outcome: 'Run' });
    expect(await uploadOf(world)).toMatchObject({ status: 'RUNNING' });
    expect((next as { runId: string }).runId).not.toBe(runId);
  });

  test('an event that comes again takes what a late admission left waiting', async () => {
    const { world } = await failedRun();
    await cleanUp(statusChange(ended(world, 'SUCCEEDED')), world);
    const again = await admitUpload(objectCreated('flights/a.csv'), executionOf('e2'), world);
    expect(again).toMatchObject({ outcome: 'Run' });
  });

  test('each redrive that ends badly is told', async () => {
    const { world } = await failedRun();
    await cleanUp(statusChange(ended(world, 'ABORTED')), world);
    await cleanUp(statusChange(ended(world, 'ABORTED', { redriveCount: 1 })), world);
    expect(world.notices.published).toHaveLength(2);
  });
});

describe('a sweep', () => {
  const queued = async () => {
    const { world } = await failedRun();
    await admitUpload(objectCreated('flights/b.csv'), executionOf('e2'), world);
    await cleanUp(failureOf(), world);
    world.executions.started.clear();
    return world;
  };

  test('wakes uploads that wait for a gate that nobody holds, ever more rarely', async () => {
    const world = await queued();
    for (let minute = 0; minute < 120; minute += 5) {
      await cleanUp({ sweep: true }, world);
      world.pass(300);
    }
    const started = [...world.executions.started.keys()];
    expect(started.slice(0, 2)).toEqual(['flights-after-1-woken-1', 'flights-after-1-woken-2']);
    expect(started.length).toBeGreaterThan(4);
    expect(started.length).toBeLessThan(10);
  });

  test('ends clusters and job runs whose execution has ended, and those of attempts that were given up', async () => {
    const { world, runId } = await failedRun();
    const name = (attempt: number) => clusterNameOf({ dataset: 'flights', runId, attempt });
    ended(world, 'RUNNING');
    world.clusters.create('j-given-up', name(1));
    world.clusters.create('j-own', name(2));
    world.clusters.create('j-unknown', 'tidegate-flights-20260101T000000Z-ffffffff-1');
    world.jobRuns.active.set('jr-given-up', { runId, attempt: 1 }).set('jr-own', { runId, attempt: 2 });
    await cleanUp({ sweep: true }, world);
    expect(world.clusters.clusters.get('j-given-up')?.state).toBe('TERMINATING');
    expect(world.clusters.clusters.get('j-own')?.state).toBe('WAITING');
    expect([...world.jobRuns.active.keys()]).toEqual(['jr-own']);

    ended(world, 'SUCCEEDED');
    await cleanUp({ sweep: true }, world);
    expect(world.clusters.clusters.get('j-own')?.state).toBe('TERMINATING');
    expect(world.clusters.clusters.get('j-unknown')?.state).toBe('WAITING');
    expect([...world.jobRuns.active.keys()]).toEqual([]);
  });

  test('keeps an idle cluster warm until its time is over', async () => {
    const world = memoryPorts();
    world.clusters.create('j-1', clusterNameOf({ dataset: 'flights', runId: RUN, attempt: 1 }));
    const keptUntil = new Date(world.clock.now().getTime() + 300_000).toISOString();
    const idle = { clusterId: 'j-1', shape, lease: null, keptUntil };
    await world.table.write([{ key: warmClusterKey('j-1'), item: idle, expectedVersion: null }]);
    expect(await cleanUp({ sweep: true }, world)).toMatchObject({ ended: [] });
    world.pass(301);
    expect(await cleanUp({ sweep: true }, world)).toMatchObject({ ended: ['j-1'] });
  });

  test.each([
    ['TERMINATED', true],
    ['TERMINATED_WITH_ERRORS', true],
    // EMR's list may be behind.
    ['WAITING', false],
  ] as const)(
    'of a cluster that is not listed and is %s forgets the record: %s',
    async (state, isForgotten) => {
      const world = memoryPorts();
      world.clusters.create('j-1', clusterNameOf({ dataset: 'flights', runId: RUN, attempt: 1 }), state);
      world.clusters.list = async () => [];
      const key = warmClusterKey('j-1');
      const item = { clusterId: 'j-1', shape, lease: null, keptUntil: '2026-11-23T20:00:00.000Z' };
      await world.table.write([{ key, item, expectedVersion: null }]);
      await cleanUp({ sweep: true }, world);
      expect((await world.table.get(key)) === null).toBe(isForgotten);
    },
  );

  test('looks for what ended badly within a day', async () => {
    const world = memoryPorts();
    const asked: Date[] = [];
    world.executions.endedBadlySince = async (since) => {
      asked.push(since);
      return [];
    };
    await cleanUp({ sweep: true }, world);
    expect(asked).toEqual([new Date(world.clock.now().getTime() - 24 * 3_600_000)]);
  });

  test('leaves an idle cluster whose time is over to a run that leases it meanwhile', async () => {
    const world = memoryPorts();
    world.clusters.create('j-1', clusterNameOf({ dataset: 'flights', runId: RUN, attempt: 1 }));
    const key = warmClusterKey('j-1');
    const idle = { clusterId: 'j-1', shape, lease: null, keptUntil: '2026-11-23T20:00:00.000Z' };
    await world.table.write([{ key, item: idle, expectedVersion: null }]);
    const { write } = world.table;
    world.table.write = async (changes) => {
      world.table.write = write;
      const lease = { dataset: 'flights', runId: RUN, attempt: 2 };
      await world.table.write([{ key, item: { ...idle, lease }, expectedVersion: 1 }]);
      return world.table.write(changes);
    };
    expect(await cleanUp({ sweep: true }, world)).toMatchObject({ ended: [] });
    expect((await world.clusters.state('j-1')).state).toBe('WAITING');
    await world.table.write([{ key, item: idle, expectedVersion: 2 }]);
    expect(await cleanUp({ sweep: true }, world)).toMatchObject({ ended: ['j-1'] });
  });

  test('does all the rest when one thing fails, and says that it did', async () => {
    const world = await queued();
    world.executions.endedBadlySince = async () => {
      throw new Error('Step Functions is down');
    };
    await expect(cleanUp({ sweep: true }, world)).rejects.toThrow('Step Functions is down');
    expect(world.executions.started.size).toBe(1);
  });
});
