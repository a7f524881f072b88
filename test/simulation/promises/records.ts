import {
  datasetPartition,
  type Gate,
  gateKey,
  gateSchema,
  RUN_PREFIX,
  type RunRecord,
  runRecordSchema,
  type UploadRecord,
  uploadRecordSchema,
  WAITING_PREFIX,
} from '../../../tasks/core/records.ts';
import type { World } from '../world.ts';

const ALL = 10_000;

/** What the state table says of a dataset. */
export interface DatasetRecords {
  gate: Gate | null;
  runs: RunRecord[];
  uploads: UploadRecord[];
  /** Ids of the uploads that have a place in the queue. */
  waiting: string[];
}

export function recordsOf({ table }: World, dataset: string): DatasetRecords {
  const items = table.items(datasetPartition(dataset)).slice(0, ALL);
  const beginning = (prefix: string) => items.filter(({ key }) => key.sk.startsWith(prefix));
  const gate = items.find(({ key }) => key.sk === gateKey(dataset).sk);
  return {
    gate: gate ? gateSchema.parse(gate.item) : null,
    runs: beginning(RUN_PREFIX).map(({ item }) => runRecordSchema.parse(item)),
    uploads: beginning('upload#').map(({ item }) => uploadRecordSchema.parse(item)),
    waiting: beginning(WAITING_PREFIX).map(({ item }) => String(item['uploadId'])),
  };
}
