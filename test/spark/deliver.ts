/**
 * Delivers a run's change set into the BigQuery stand-in as the function does, for tests of the Spark job.
 *
 * Usage: deliver.ts CONTRACT_JSON MANIFEST_JSON    (the parts are in the bucket `b` already, under the names in their paths)
 */
import { setTimeout as pause } from 'node:timers/promises';
import { bigQueryWarehouse } from '../../tasks/adapters/bigquery-warehouse.ts';
import { contractKey, manifestKey } from '../../tasks/core/folders/folders.ts';
import type { PartStore } from '../../tasks/core/google-ports.ts';
import { deliver } from '../../tasks/deliver/deliver.ts';
import { MemoryObjectStore } from '../fakes/memory-object-store.ts';

const [contract = '', manifest = ''] = process.argv.slice(2);
const { dataset } = JSON.parse(contract);
const { runId, attempt } = JSON.parse(manifest);
const objects = new MemoryObjectStore();
objects.put('destination', contractKey(dataset, runId), contract);
objects.put('destination', manifestKey(dataset, runId, attempt), manifest);
const world = {
  objects,
  parts: { uri: (name) => `gs://b/${name}` } as PartStore,
  warehouse: bigQueryWarehouse(),
  clock: { now: () => new Date() },
  destinationBucket: 'destination',
  datasetName: 'd',
  stagingDatasetName: 's',
};
let waitingFor = '';
for (;;) {
  const answer = await deliver(
    { dataset, runId, attempt, owed: [], waitingFor, refused: [], owedDelivered: [] },
    world,
  );
  if (answer.done) break;
  waitingFor = answer.waitingFor;
  await pause(1);
}
