import { ownerOfCluster } from '../../../tasks/core/cluster-name.ts';
import { WARM_CLUSTERS, warmClusterSchema } from '../../../tasks/core/records.ts';
import { runIdOf } from '../../../tasks/core/run-id.ts';
import { executionArn } from '../executor.ts';
import { type Course, datasetName } from '../simulate.ts';
import { recordsOf } from './records.ts';

/** What was asked to end has ended by then. */
const LONGEST_ENDING_SECONDS = 300;
/** A sweep starts what waits; that execution needs a moment to take the gate. */
export const ADMISSION_SECONDS = 300;

/** What a sweep finds. */
export interface BeforeSweep {
  beganMs: number;
  /** How many faults had struck by then. */
  struck: number;
  /** Datasets with waiting uploads and a gate that nobody holds, with the gate's epoch. */
  waiting: { dataset: string; epoch: number; uploadIds: string[] }[];
}

export function beforeSweep({ world, history }: Course): BeforeSweep {
  const waiting = [...history.datasets.keys()].map(datasetName).flatMap((dataset) => {
    const { gate, waiting: uploadIds } = recordsOf(world, dataset);
    return gate && gate.holder === null && uploadIds.length > 0
      ? [{ dataset, epoch: gate.epoch, uploadIds }]
      : [];
  });
  return { beganMs: world.now(), struck: world.struck.size, waiting };
}

/** Promise 4, after a sweep that nothing disturbed: whatever ended well before it has let go of everything. */
export function brokenAfterSweep({ world, history, started }: Course, { beganMs }: BeforeSweep): string[] {
  const longAgoMs = beganMs - LONGEST_ENDING_SECONDS * 1000;
  const ended = new Map<string, string>();
  for (const name of started) {
    const record = world.store.execution(executionArn(name));
    if (!record?.stopMs || record.status === 'RUNNING' || record.stopMs > longAgoMs) continue;
    ended.set(runIdOf(record.arn, new Date(record.startMs)), name);
  }
  const found: string[] = [];
  const complain = (runId: string | null | undefined, what: string): void => {
    const name = ended.get(runId ?? '');
    if (name) found.push(`4: ${name} ended, a sweep came, and ${what}`);
  };
  for (const dataset of [...history.datasets.keys()].map(datasetName)) {
    complain(recordsOf(world, dataset).gate?.holder, `it holds the gate of ${dataset}`);
  }
  for (const { id, state, arguments: given } of world.jobRuns.runs.values()) {
    if (state === 'STARTING' || state === 'RUNNING')
      complain(given['--run-id'], `its job run ${id} is ${state}`);
  }
  const records = world.table.items(WARM_CLUSTERS).map(({ item }) => warmClusterSchema.parse(item));
  for (const { id, name, state } of world.clusters.clusters.values()) {
    if (state.startsWith('TERMINAT')) continue;
    const warm = records.find(({ clusterId }) => clusterId === id);
    if (warm && !warm.lease && Date.parse(warm.keptUntil) < longAgoMs)
      found.push(`4: ${id} is kept warm for too long`);
    const runId = warm ? warm.lease?.runId : ownerOfCluster(name)?.runId;
    complain(runId, `its cluster ${id} is ${state}`);
  }
  return found;
}

/** Promise 6, a moment after such a sweep: nobody goes on waiting for a gate that nobody holds. */
export function brokenAfterAdmission({ world }: Course, { struck, waiting }: BeforeSweep): string[] {
  // Whatever was started may have been struck down since.
  if (world.struck.size > struck) return [];
  return waiting.flatMap(({ dataset, epoch, uploadIds }) => {
    const { gate, waiting: still } = recordsOf(world, dataset);
    const inVain = gate?.epoch === epoch && uploadIds.some((uploadId) => still.includes(uploadId));
    return inVain ? [`6: uploads of ${dataset} wait for a gate that nobody holds, and a sweep came`] : [];
  });
}
