import { ownerOfCluster } from '../../../tasks/core/compute/cluster-name.ts';
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
  WARM_CLUSTERS,
  warmClusterSchema,
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

/** A cluster that was not asked to end. */
export interface LiveCluster {
  id: string;
  state: string;
  /** The run that has its lease, or else the one it was made for; null: it is kept warm for whoever comes. */
  runId: string | null;
  /** Until when it is kept so; null: it is not. */
  keptUntil: Date | null;
}

export function clustersOf({ clusters, table }: World): LiveCluster[] {
  const records = table.items(WARM_CLUSTERS).map(({ item }) => warmClusterSchema.parse(item));
  return [...clusters.clusters.values()]
    .filter(({ state }) => !state.startsWith('TERMINAT'))
    .map(({ id, name, state }) => {
      const warm = records.find(({ clusterId }) => clusterId === id);
      if (!warm) return { id, state, runId: ownerOfCluster(name)?.runId ?? null, keptUntil: null };
      if (warm.lease) return { id, state, runId: warm.lease.runId, keptUntil: null };
      return { id, state, runId: null, keptUntil: new Date(warm.keptUntil) };
    });
}
