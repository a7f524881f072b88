import { admitUpload } from '../../../tasks/admit-upload/admit-upload.ts';
import { cleanUp } from '../../../tasks/clean-up/clean-up.ts';
import {
  gateKey,
  gateSchema,
  runKey,
  runRecordSchema,
  uploadKey,
  uploadRecordSchema,
} from '../../../tasks/core/records.ts';
import { uploadIdOf } from '../../../tasks/core/upload-id.ts';
import { MemoryObjectStore } from '../../fakes/memory-object-store.ts';
import { MemoryClusters, MemoryExecutions, MemoryJobRuns } from '../../fakes/memory-services.ts';
import { MemoryStateTable } from '../../fakes/memory-state-table.ts';
import { BUCKETS, contractOf, executionOf, objectCreated } from '../../fakes/samples.ts';

const FAILURE = { dataset: 'flights', clusterId: 'j-1', error: 'SparkStepFailed', cause: 'boom' };

const failedRun = async () => {
  const objects = new MemoryObjectStore();
  objects.put('artifacts', 'datasets/flights/contract.json', JSON.stringify(contractOf()));
  const world = {
    objects,
    table: new MemoryStateTable(),
    executions: new MemoryExecutions(),
    clusters: new MemoryClusters(),
    jobRuns: new MemoryJobRuns(),
    ...BUCKETS,
  };
  const answer = await admitUpload(objectCreated('flights/a.csv'), executionOf('e1'), world);
  if (answer.outcome !== 'Run') throw new Error(answer.outcome);
  const { runId } = answer;
  const run = runRecordSchema.parse((await world.table.get(runKey('flights', runId)))?.item);
  await world.table.write([
    { key: runKey('flights', runId), item: { ...run, attempt: 2 }, expectedVersion: 1 },
  ]);
  return { world, runId };
};

test('ends the cluster, those whose creation was never answered, and job runs; strangers go on', async () => {
  const { world, runId } = await failedRun();
  world.clusters.create('j-1', `tidegate-flights-${runId}-2`);
  world.clusters.create('j-lost', `tidegate-flights-${runId}-1`, 'STARTING');
  world.clusters.create('j-other', 'tidegate-flights-OTHER-1');
  world.jobRuns.active.set('jr-own', runId).set('jr-other', 'OTHER');
  await cleanUp({ ...FAILURE, runId }, world);
  expect([...world.clusters.clusters].map(([id, { state }]) => [id, state])).toEqual([
    ['j-1', 'TERMINATING'],
    ['j-lost', 'TERMINATING'],
    ['j-other', 'WAITING'],
  ]);
  expect([...world.jobRuns.active.keys()]).toEqual(['jr-other']);
});

test('marks the uploads FAILED with the reason, releases the gate and starts what waits, however often it is called', async () => {
  const { world, runId } = await failedRun();
  await admitUpload(objectCreated('flights/b.csv'), executionOf('e2'), world);
  for (let call = 0; call < 3; call += 1) await cleanUp({ ...FAILURE, runId }, world);
  const upload = (await world.table.get(uploadKey('flights', uploadIdOf('source', 'flights/a.csv', 'v1'))))
    ?.item;
  expect(uploadRecordSchema.parse(upload)).toMatchObject({
    status: 'FAILED',
    reason: 'SparkStepFailed: boom',
  });
  expect(gateSchema.parse((await world.table.get(gateKey('flights')))?.item).holder).toBeNull();
  expect([...world.executions.started]).toEqual([['flights-after-1', { dataset: 'flights' }]]);
});

test('leaves the gate alone when another run holds it by now', async () => {
  const { world, runId } = await failedRun();
  await cleanUp({ ...FAILURE, runId }, world);
  const other = await admitUpload(objectCreated('flights/b.csv'), executionOf('e2'), world);
  await cleanUp({ ...FAILURE, runId }, world);
  const gate = gateSchema.parse((await world.table.get(gateKey('flights')))?.item);
  expect(other).toMatchObject({ outcome: 'Run', runId: gate.holder });
});

test('an execution that failed before it had a run leaves nothing to clean', async () => {
  const { world } = await failedRun();
  expect(await cleanUp({ ...FAILURE, runId: 'none' }, world)).toEqual({ clusters: [], jobRuns: [] });
  expect(world.clusters.clusters.size).toBe(0);
});
