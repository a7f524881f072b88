import { admitUpload } from '../../../tasks/admit-upload/admit-upload.ts';
import { cleanUp } from '../../../tasks/clean-up/clean-up.ts';
import { ObjectUnreadable } from '../../../tasks/core/ports.ts';
import {
  gateKey,
  gateSchema,
  runKey,
  runRecordSchema,
  uploadKey,
  uploadRecordSchema,
} from '../../../tasks/core/records.ts';
import { endRun } from '../../../tasks/core/state-table/end-run.ts';
import { uploadIdOf } from '../../../tasks/core/upload-id.ts';
import { type MemoryPorts, memoryPorts } from '../../fakes/memory-ports.ts';
import { contractOf, executionOf, manifestOf, objectCreated } from '../../fakes/samples.ts';

const worldOf = memoryPorts;
type World = MemoryPorts;

const leave = (world: World, runId: string, redriveCount = 0) =>
  endRun(
    {
      dataset: 'flights',
      runId,
      redriveCount,
      status: 'SUCCEEDED',
      outcome: {},
      releasesGate: true,
      uploadEnd: () => ({ status: 'LOADED', reason: null }),
      settled: [],
    },
    world,
  );

const admittedRun = async (world: World, key: string, execution: string): Promise<string> => {
  const answer = await admitUpload(objectCreated(key), executionOf(execution), world);
  if (answer.outcome !== 'Run') throw new Error(`expected Run, got ${JSON.stringify(answer)}`);
  return answer.runId;
};

const uploadRecord = async (world: World, key: string, versionId = 'v1') => {
  const stored = await world.table.get(uploadKey('flights', uploadIdOf('source', key, versionId)));
  return uploadRecordSchema.parse(stored?.item);
};

describe('an upload whose dataset is at rest', () => {
  test('becomes a run that holds the gate and keeps the contract it began with', async () => {
    const world = worldOf();
    const answer = await admitUpload(objectCreated('flights/a.csv'), executionOf('e1'), world);
    const uploadId = uploadIdOf('source', 'flights/a.csv', 'v1');
    expect(answer).toEqual({
      outcome: 'Run',
      dataset: 'flights',
      runId: expect.stringMatching(/^20261123T201500Z-[0-9a-f]{8}$/),
      uploadIds: [uploadId],
      finishedAttempt: 0,
    });
    const { runId } = answer as { runId: string };
    expect(gateSchema.parse((await world.table.get(gateKey('flights')))?.item)).toMatchObject({
      holder: runId,
      epoch: 1,
    });
    expect(runRecordSchema.parse((await world.table.get(runKey('flights', runId)))?.item).status).toBe(
      'RUNNING',
    );

    world.objects.put(
      'artifacts',
      'datasets/flights/contract.json',
      JSON.stringify(contractOf({ version: '2.0.0' })),
    );
    await admitUpload(objectCreated('flights/a.csv'), executionOf('e1', 1), world);
    const pinned = await world.objects.read({
      bucket: 'destination',
      key: `runs/flights/${runId}/contract.json`,
    });
    expect(JSON.parse(Buffer.from(pinned ?? []).toString())).toMatchObject({ version: '1.0.0' });
  });

  test('gets the same run when the answer was lost and the same execution asks again', async () => {
    const world = worldOf();
    world.table.lostAnswers = 1;
    await expect(admitUpload(objectCreated('flights/a.csv'), executionOf('e1'), world)).rejects.toThrow(
      'socket hang up',
    );
    const again = await admitUpload(objectCreated('flights/a.csv'), executionOf('e1'), world);
    expect(again).toMatchObject({ outcome: 'Run' });
    expect(gateSchema.parse((await world.table.get(gateKey('flights')))?.item).epoch).toBe(1);
  });

  test('holds the gate once, however often its execution asks', async () => {
    const world = worldOf();
    const runId = await admittedRun(world, 'flights/a.csv', 'e1');
    expect(await admittedRun(world, 'flights/a.csv', 'e1')).toBe(runId);
    expect(gateSchema.parse((await world.table.get(gateKey('flights')))?.item).epoch).toBe(1);
  });

  test('decides again when another execution took the gate between its read and its write', async () => {
    const world = worldOf();
    let other = '';
    world.table.beforeWrite = async () => {
      other = await admittedRun(world, 'flights/b.csv', 'e2');
    };
    const answer = await admitUpload(objectCreated('flights/a.csv'), executionOf('e1'), world);
    expect(answer).toEqual({ outcome: 'Queued', dataset: 'flights', behind: other });
  });
});

describe('an event that is delivered again', () => {
  test('while the upload runs, is a duplicate that names the run', async () => {
    const world = worldOf();
    const runId = await admittedRun(world, 'flights/a.csv', 'e1');
    const answer = await admitUpload(objectCreated('flights/a.csv'), executionOf('e2'), world);
    expect(answer).toMatchObject({ outcome: 'Duplicate', status: 'RUNNING', runId });
  });

  test('after the upload was loaded, is a duplicate with its outcome', async () => {
    const world = worldOf();
    const runId = await admittedRun(world, 'flights/a.csv', 'e1');
    await leave(world, runId);
    const answer = await admitUpload(objectCreated('flights/a.csv'), executionOf('e2'), world);
    expect(answer).toMatchObject({ outcome: 'Duplicate', status: 'LOADED', runId });
  });

  test('while it waits, leaves one place in the queue', async () => {
    const world = worldOf();
    const runId = await admittedRun(world, 'flights/a.csv', 'e1');
    for (const name of ['e2', 'e3', 'e4']) {
      const answer = await admitUpload(objectCreated('flights/b.csv'), executionOf(name), world);
      expect(answer).toEqual({ outcome: 'Queued', dataset: 'flights', behind: runId });
    }
    await leave(world, runId);
    const next = await admitUpload({ dataset: 'flights' }, executionOf('next'), world);
    expect(next).toMatchObject({ outcome: 'Run', uploadIds: [uploadIdOf('source', 'flights/b.csv', 'v1')] });
  });
});

describe('uploads that wait', () => {
  test('are all taken by the next run, oldest first, which leaving the gate starts', async () => {
    const world = worldOf();
    const runId = await admittedRun(world, 'flights/a.csv', 'e1');
    for (const [second, key] of [
      [9, 'flights/late.csv'],
      [3, 'flights/early.csv'],
    ] as const) {
      await admitUpload(objectCreated(key, 'v1', 10, second), executionOf(key), world);
    }
    await leave(world, runId);
    await leave(world, runId);
    expect([...world.executions.started]).toEqual([['flights-after-1', { dataset: 'flights' }]]);
    const next = await admitUpload({ dataset: 'flights' }, executionOf('flights-after-1'), world);
    expect(next).toMatchObject({
      outcome: 'Run',
      uploadIds: ['flights/early.csv', 'flights/late.csv'].map((key) => uploadIdOf('source', key, 'v1')),
    });
  });

  test('that are none, end the execution with nothing to do', async () => {
    const answer = await admitUpload({ dataset: 'flights' }, executionOf('e1'), worldOf());
    expect(answer).toEqual({ outcome: 'NothingWaiting', dataset: 'flights' });
  });

  test('beyond the size of one run stay for the one after', async () => {
    const world = memoryPorts(contractOf({ batch: { maxUploads: 40, maxBytes: 1e9 } }));
    const runId = await admittedRun(world, 'flights/a.csv', 'e1');
    for (let index = 0; index < 50; index += 1) {
      await admitUpload(
        objectCreated(`flights/${index}.csv`, 'v1', 10, index),
        executionOf(`e-${index}`),
        world,
      );
    }
    await leave(world, runId);
    const first = await admitUpload({ dataset: 'flights' }, executionOf('n1'), world);
    if (first.outcome !== 'Run') throw new Error(first.outcome);
    await leave(world, first.runId);
    const second = await admitUpload({ dataset: 'flights' }, executionOf('n2'), world);
    if (second.outcome !== 'Run') throw new Error(second.outcome);
    expect([first.uploadIds.length, second.uploadIds.length]).toEqual([40, 10]);
  });
});

describe('a replay', () => {
  test('of a loaded upload is a new run', async () => {
    const world = worldOf();
    const versionId = world.objects.put('source', 'flights/a.csv', 'id,note\n1,x\n');
    const first = await admitUpload(objectCreated('flights/a.csv', versionId), executionOf('e1'), world);
    if (first.outcome !== 'Run') throw new Error(first.outcome);
    await leave(world, first.runId);
    const again = await admitUpload({ bucket: 'source', key: 'flights/a.csv' }, executionOf('replay'), world);
    expect(again).toMatchObject({ outcome: 'Run', uploadIds: first.uploadIds });
  });

  test('of an upload that runs is not lost: it waits again when the run leaves', async () => {
    const world = worldOf();
    const versionId = world.objects.put('source', 'flights/a.csv', 'id,note\n1,x\n');
    const first = await admitUpload(objectCreated('flights/a.csv', versionId), executionOf('e1'), world);
    if (first.outcome !== 'Run') throw new Error(first.outcome);
    const replay = { bucket: 'source', key: 'flights/a.csv' };
    for (let call = 0; call < 2; call += 1) {
      expect(await admitUpload(replay, executionOf('replay'), world)).toMatchObject({ outcome: 'Queued' });
    }
    expect(await uploadRecord(world, 'flights/a.csv', versionId)).toMatchObject({ status: 'RUNNING' });
    await leave(world, first.runId);
    const next = await admitUpload({ dataset: 'flights' }, executionOf('next'), world);
    expect(next).toMatchObject({ outcome: 'Run', uploadIds: first.uploadIds });
    if (next.outcome !== 'Run') throw new Error(next.outcome);
    await leave(world, next.runId);
    expect(await admitUpload({ dataset: 'flights' }, executionOf('last'), world)).toMatchObject({
      outcome: 'NothingWaiting',
    });
    const event = objectCreated('flights/a.csv', versionId);
    for (const [input, name] of [
      [replay, 'replay'],
      [event, 'late'],
    ] as const)
      expect(await admitUpload(input, executionOf(name), world)).toMatchObject({
        outcome: 'Duplicate',
        status: 'LOADED',
        runId: next.runId,
      });
  });

  test('of an upload that waits leaves it one place in the queue', async () => {
    const world = worldOf();
    const runId = await admittedRun(world, 'flights/a.csv', 'e1');
    const versionId = world.objects.put('source', 'flights/b.csv', 'id,note\n1,x\n');
    const queued = { outcome: 'Queued', dataset: 'flights', behind: runId };
    const event = objectCreated('flights/b.csv', versionId);
    expect(await admitUpload(event, executionOf('e2'), world)).toEqual(queued);
    const replay = { bucket: 'source', key: 'flights/b.csv' };
    expect(await admitUpload(replay, executionOf('replay'), world)).toEqual(queued);
    await leave(world, runId);
    const next = await admitUpload({ dataset: 'flights' }, executionOf('next'), world);
    expect(next).toMatchObject({ uploadIds: [uploadIdOf('source', 'flights/b.csv', versionId)] });
    await leave(world, (next as { runId: string }).runId);
    expect(await admitUpload({ dataset: 'flights' }, executionOf('last'), world)).toMatchObject({
      outcome: 'NothingWaiting',
    });
  });
});

describe('a replay of a run', () => {
  const loaded = async () => {
    const world = memoryPorts();
    const runId = await admittedRun(world, 'flights/a.csv', 'e1');
    for (const key of ['flights/b.csv', 'flights/c.csv'])
      await admitUpload(objectCreated(key), executionOf(key), world);
    await leave(world, runId);
    const second = await admitUpload({ dataset: 'flights' }, executionOf('e2'), world);
    if (second.outcome !== 'Run') throw new Error(second.outcome);
    await leave(world, second.runId);
    return { world, second };
  };

  test('loads all of its uploads again, and no other', async () => {
    const { world, second } = await loaded();
    const again = await admitUpload({ runId: second.runId }, executionOf('replay'), world);
    expect(again).toMatchObject({ outcome: 'Run', uploadIds: second.uploadIds });
    if (again.outcome !== 'Run') throw new Error(again.outcome);
    expect(await admitUpload({ runId: second.runId }, executionOf('replay'), world)).toEqual(again);
    await leave(world, again.runId);
    expect(await admitUpload({ dataset: 'flights' }, executionOf('last'), world)).toMatchObject({
      outcome: 'NothingWaiting',
    });
  });

  test('that is not there is refused', async () => {
    const { world } = await loaded();
    await expect(admitUpload({ runId: 'none' }, executionOf('replay'), world)).rejects.toMatchObject({
      name: 'InvalidInput',
      message: expect.stringContaining('no run none'),
    });
  });
});

test('asked for by hand, a version that nobody can read is refused with its reason, and may be misspelt', async () => {
  const world = worldOf();
  world.objects.head = async () => {
    throw new ObjectUnreadable('is encrypted with a key that its uploader kept (SSE-C)');
  };
  const input = { bucket: 'source', key: 'flights/a.csv', versionId: 'misspelt' };
  await expect(admitUpload(input, executionOf('e1'), world)).rejects.toMatchObject({
    name: 'InvalidInput',
    message: expect.stringMatching(/flights\/a\.csv version misspelt is encrypted .*Check the version/),
  });
});

test('asked for by hand, a version that could not be looked up just now is no wrong input', async () => {
  const world = worldOf();
  const failure = new Error('socket hang up');
  world.objects.head = async () => {
    throw failure;
  };
  const input = { bucket: 'source', key: 'flights/a.csv' };
  await expect(admitUpload(input, executionOf('e1'), world)).rejects.toBe(failure);
});

describe('a batch of more uploads than one write holds', () => {
  const UPLOADS = 120;
  const waiting = async () => {
    const world = memoryPorts();
    const runId = await admittedRun(world, 'flights/first.csv', 'e1');
    for (let index = 0; index < UPLOADS; index += 1)
      await admitUpload(objectCreated(`flights/${index}.csv`), executionOf(`e-${index}`), world);
    await leave(world, runId);
    return world;
  };
  const markers = (world: World) => world.table.query('dataset#flights', 'waiting#', 1000);
  const statuses = async (world: World) => {
    const found = await world.table.query('dataset#flights', 'upload#', 1000);
    return new Set(found.map(({ item }) => item['status']));
  };
  /** Lets the n-th write from now on do something else first. */
  const beforeWrite = (world: World, nth: number, act: () => Promise<void>) => {
    const { table } = world;
    const write = table.write.bind(table);
    let left = nth;
    table.write = async (changes) => {
      left -= 1;
      if (left === 0) await act();
      return write(changes);
    };
    return () => {
      table.write = write;
    };
  };

  test.each([1, 2, 3, 4])('is the same when write %i dies, before or after its effect', async (nth) => {
    for (const after of [false, true]) {
      const world = await waiting();
      const restore = beforeWrite(world, nth, async () => {
        if (after) world.table.lostAnswers = 1;
        else throw new Error('died');
      });
      await expect(admitUpload({ dataset: 'flights' }, executionOf('next'), world)).rejects.toThrow(
        after ? 'socket hang up' : 'died',
      );
      restore();
      const answer = await admitUpload({ dataset: 'flights' }, executionOf('next'), world);
      expect(answer).toMatchObject({ outcome: 'Run' });
      if (answer.outcome !== 'Run') throw new Error(answer.outcome);
      expect(answer.uploadIds).toHaveLength(UPLOADS);
      expect(await markers(world)).toEqual([]);
      await leave(world, answer.runId);
      expect(await statuses(world)).toEqual(new Set(['LOADED']));
    }
  });

  test.each([2, 3, 4])(
    'whose run is given up before write %i, waits on where it was not marked',
    async (nth) => {
      const world = await waiting();
      beforeWrite(world, nth, async () => {
        const failure = { error: 'ExecutionAborted', cause: 'by a person', messageId: 'm' };
        await cleanUp({ execution: executionOf('next'), ...failure }, world);
      });
      await expect(admitUpload({ dataset: 'flights' }, executionOf('next'), world)).rejects.toMatchObject({
        name: 'ServiceUnavailable',
      });
      const left = UPLOADS - 49 * (nth - 2);
      expect(await markers(world)).toHaveLength(left);
      expect(await statuses(world)).toEqual(
        new Set(['LOADED', 'WAITING', ...(left < UPLOADS ? ['FAILED'] : [])]),
      );
      const next = await admitUpload({ dataset: 'flights' }, executionOf('flights-after-2'), world);
      expect(next).toMatchObject({ outcome: 'Run', uploadIds: { length: left } });
    },
  );
});

describe('a redriven execution', () => {
  const failed = async (world: World, error: string) => {
    const runId = await admittedRun(world, 'flights/a.csv', 'e1');
    const stored = await world.table.get(runKey('flights', runId));
    const run = runRecordSchema.parse(stored?.item);
    await world.table.write([
      {
        key: runKey('flights', runId),
        item: { ...run, attempt: 1 },
        expectedVersion: stored?.version ?? null,
      },
    ]);
    await cleanUp({ execution: executionOf('e1'), error, cause: 'why', messageId: 'm-1' }, world);
    return runId;
  };

  test('takes the gate again for the same run and uploads', async () => {
    const world = worldOf();
    const runId = await failed(world, 'SparkStepFailed');
    expect(await uploadRecord(world, 'flights/a.csv')).toMatchObject({ status: 'FAILED' });
    const answer = await admitUpload(objectCreated('flights/a.csv'), executionOf('e1', 1), world);
    expect(answer).toMatchObject({ outcome: 'Run', runId, finishedAttempt: 0 });
    expect(await uploadRecord(world, 'flights/a.csv')).toMatchObject({ status: 'RUNNING' });
    expect(gateSchema.parse((await world.table.get(gateKey('flights')))?.item)).toMatchObject({
      holder: runId,
      epoch: 2,
    });
  });

  test('waits while another run holds the gate', async () => {
    const world = worldOf();
    await failed(world, 'SparkStepFailed');
    const other = await admittedRun(world, 'flights/b.csv', 'e2');
    const answer = await admitUpload(objectCreated('flights/a.csv'), executionOf('e1', 1), world);
    expect(answer).toEqual({ outcome: 'Busy', dataset: 'flights', behind: other, waitSeconds: 240 });
  });

  test('that waits beside another one comes after whichever asked first', async () => {
    const world = worldOf();
    const first = await failed(world, 'SparkStepFailed');
    const second = await admittedRun(world, 'flights/b.csv', 'e2');
    const failure = { error: 'SparkStepFailed', cause: 'why', messageId: 'm-2' };
    await cleanUp({ execution: executionOf('e2'), ...failure }, world);
    const holder = await admittedRun(world, 'flights/c.csv', 'e3');
    const ask = (key: string, name: string) => admitUpload(objectCreated(key), executionOf(name, 1), world);
    expect(await ask('flights/a.csv', 'e1')).toMatchObject({ outcome: 'Busy', behind: holder });
    expect(await ask('flights/b.csv', 'e2')).toMatchObject({ outcome: 'Busy', behind: holder });
    await leave(world, holder);
    expect(await ask('flights/b.csv', 'e2')).toMatchObject({ outcome: 'Busy', behind: first });
    expect(await ask('flights/a.csv', 'e1')).toMatchObject({ outcome: 'Run', runId: first });
    await leave(world, first, 1);
    expect(await ask('flights/b.csv', 'e2')).toMatchObject({ outcome: 'Run', runId: second });
  });

  test('whose run was given up while it was asking takes the gate again', async () => {
    const world = worldOf();
    const runId = await failed(world, 'SparkStepFailed');
    const answer = await admitUpload(objectCreated('flights/a.csv'), executionOf('e1'), world);
    expect(answer).toMatchObject({ outcome: 'Run', runId });
    expect(gateSchema.parse((await world.table.get(gateKey('flights')))?.item).holder).toBe(runId);
    expect(await uploadRecord(world, 'flights/a.csv')).toMatchObject({ status: 'RUNNING' });
  });

  test('before its failure was cleaned up is not given up by a clean-up that comes late', async () => {
    const world = worldOf();
    const runId = await admittedRun(world, 'flights/a.csv', 'e1');
    const redriven = await admitUpload(objectCreated('flights/a.csv'), executionOf('e1', 1), world);
    expect(redriven).toMatchObject({ outcome: 'Run', runId });
    const failure = { error: 'SparkStepFailed', cause: 'why', messageId: 'm-1' };
    await cleanUp({ execution: executionOf('e1'), ...failure }, world);
    expect(await uploadRecord(world, 'flights/a.csv')).toMatchObject({ status: 'RUNNING' });
    expect(gateSchema.parse((await world.table.get(gateKey('flights')))?.item).holder).toBe(runId);
  });

  test('asks again after a tenth of the time that the run before it has taken', async () => {
    const world = worldOf();
    await failed(world, 'SparkStepFailed');
    const justNow = { ...executionOf('e2'), startTime: world.clock.now().toISOString() };
    await admitUpload(objectCreated('flights/b.csv'), justNow, world);
    world.pass(1200);
    const answer = await admitUpload(objectCreated('flights/a.csv'), executionOf('e1', 1), world);
    expect(answer).toMatchObject({ outcome: 'Busy', waitSeconds: 120 });
  });

  test('asks the more rarely the longer the run before it goes on, and always before a sweep would come', async () => {
    const world = worldOf();
    await failed(world, 'SparkStepFailed');
    const justNow = { ...executionOf('e2'), startTime: world.clock.now().toISOString() };
    await admitUpload(objectCreated('flights/b.csv'), justNow, world);
    const waits: number[] = [];
    for (let asked = 0; asked < 40; asked += 1) {
      const answer = await admitUpload(objectCreated('flights/a.csv'), executionOf('e1', 1), world);
      const { waitSeconds = 0 } = answer as { waitSeconds?: number };
      waits.push(waitSeconds);
      world.pass(waitSeconds);
    }
    expect(waits).toEqual(waits.toSorted((a, b) => a - b));
    expect(waits[0]).toBe(60);
    expect(waits.at(-1)).toBe(240);
  });

  test('that ends while it waits keeps the gate from nobody any longer', async () => {
    const world = worldOf();
    await failed(world, 'SparkStepFailed');
    const other = await admittedRun(world, 'flights/b.csv', 'e2');
    await admitUpload(objectCreated('flights/a.csv'), executionOf('e1', 1), world);
    await admitUpload(objectCreated('flights/c.csv'), executionOf('e3'), world);
    await cleanUp(
      { execution: executionOf('e1', 1), error: 'ExecutionAborted', cause: 'why', messageId: 'm-2' },
      world,
    );
    await leave(world, other);
    const next = await admitUpload({ dataset: 'flights' }, executionOf('next'), world);
    expect(next).toMatchObject({ outcome: 'Run' });
  });

  test('that waits is next, whatever else waits, as long as it goes on asking', async () => {
    const world = worldOf();
    const runId = await failed(world, 'SparkStepFailed');
    const other = await admittedRun(world, 'flights/b.csv', 'e2');
    const asked = await admitUpload(objectCreated('flights/a.csv'), executionOf('e1', 1), world);
    await admitUpload(objectCreated('flights/c.csv'), executionOf('e3'), world);
    await leave(world, other);
    world.pass((asked as { waitSeconds: number }).waitSeconds);
    const rival = () => admitUpload({ dataset: 'flights' }, executionOf('rival'), world);
    expect(await rival()).toEqual({ outcome: 'Queued', dataset: 'flights', behind: runId });
    const answer = await admitUpload(objectCreated('flights/a.csv'), executionOf('e1', 1), world);
    expect(answer).toMatchObject({ outcome: 'Run', runId });
    await leave(world, runId, 1);
    expect(await rival()).toMatchObject({ outcome: 'Run' });
  });

  test('that waited and then asks no more keeps nobody waiting', async () => {
    const world = worldOf();
    await failed(world, 'SparkStepFailed');
    const other = await admittedRun(world, 'flights/b.csv', 'e2');
    await admitUpload(objectCreated('flights/a.csv'), executionOf('e1', 1), world);
    await admitUpload(objectCreated('flights/c.csv'), executionOf('e3'), world);
    await leave(world, other);
    world.pass(400);
    const next = await admitUpload({ dataset: 'flights' }, executionOf('next'), world);
    expect(next).toMatchObject({ outcome: 'Run' });
  });

  test('goes on from an attempt whose manifest was written', async () => {
    const world = worldOf();
    const runId = await failed(world, 'LoadFailed');
    world.objects.put('destination', `runs/flights/${runId}/attempts/1/manifest.json`, '{}');
    const answer = await admitUpload(objectCreated('flights/a.csv'), executionOf('e1', 1), world);
    expect(answer).toMatchObject({ outcome: 'Run', finishedAttempt: 1 });
  });

  test('does not go on from an attempt whose output did not verify', async () => {
    const world = worldOf();
    const runId = await failed(world, 'OutputMismatch');
    const manifest = JSON.stringify(manifestOf(runId, 'u'));
    world.objects.put('destination', `runs/flights/${runId}/attempts/1/manifest.json`, manifest);
    const answer = await admitUpload(objectCreated('flights/a.csv'), executionOf('e1', 1), world);
    expect(answer).toMatchObject({ outcome: 'Run', finishedAttempt: 0 });
  });
});

describe('what is not for Tidegate is ignored with its reason', () => {
  test.each([
    ['a folder marker', objectCreated('flights/', 'v1', 0), 'is a folder marker'],
    [
      'an object of another bucket',
      { bucket: 'other', key: 'flights/a.csv' },
      'Bucket "other" is not the source bucket',
    ],
    ['an empty object', objectCreated('flights/a.csv', 'v1', 0), 'is empty'],
    ['a key outside every folder', objectCreated('a.csv'), 'No dataset ""'],
    ['an unknown dataset', objectCreated('weather/a.csv'), 'No dataset "weather"'],
    ['a hostile dataset name', objectCreated('../flights/a.csv'), 'No dataset ".."'],
  ])('%s', async (_name, input, reason) => {
    const answer = await admitUpload(input, executionOf('e1'), worldOf());
    expect(answer).toEqual({ outcome: 'Ignored', reason: expect.stringContaining(reason) });
  });
});

describe('an input of the wrong shape is refused with the path and what was expected', () => {
  test.each([
    ['nothing', {}, 'bucket'],
    ['a misspelt member', { bucket: 'source', kee: 'flights/a.csv' }, 'kee'],
    ['a number for the key', { bucket: 'source', key: 7 }, 'expected string, received number'],
    ['an empty dataset', { dataset: '' }, 'dataset'],
    ['a misspelt dataset', { dataset: 'fligths' }, 'dataset: no dataset "fligths" is deployed'],
    [
      'an event without version',
      { detail: { bucket: { name: 'source' }, object: { key: 'a' } } },
      'version-id',
    ],
    ['text', 'flights', 'expected object'],
    [
      'an object that is not there',
      { bucket: 'source', key: 'flights/none.csv' },
      's3://source/flights/none.csv',
    ],
    [
      'an object that is not there, of a key that steers terminals',
      { bucket: 'source', key: 'flights/\u001b[2J\n.csv' },
      's3://source/flights/\\u001b[2J\\u000a.csv.',
    ],
  ])('%s', async (_name, input, path) => {
    const refused = admitUpload(input, executionOf('e1'), worldOf());
    await expect(refused).rejects.toMatchObject({
      name: 'InvalidInput',
      message: expect.stringContaining(path),
    });
  });

  test('a contract that is none', async () => {
    const world = worldOf();
    world.objects.put('artifacts', 'datasets/flights/contract.json', '{"formatVersion":1}');
    const refused = admitUpload(objectCreated('flights/a.csv'), executionOf('e1'), world);
    await expect(refused).rejects.toMatchObject({
      name: 'ContractInvalid',
      message: expect.stringContaining('columns'),
    });
  });
});

test.each(['flights/a b.csv', 'flights/ü+%7E.csv', 'flights/{x}*?[y]:z.csv', `flights/${'k'.repeat(1016)}`])(
  'the key %s is admitted as any other',
  async (key) => {
    const answer = await admitUpload(objectCreated(key), executionOf('e1'), worldOf());
    expect(answer).toMatchObject({ outcome: 'Run', uploadIds: [uploadIdOf('source', key, 'v1')] });
  },
);
