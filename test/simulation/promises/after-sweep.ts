import { runIdOf } from '../../../tasks/core/run-id.ts';
import { executionArn } from '../executor.ts';
import { type Course, datasetName } from '../simulate.ts';
import { clustersOf, recordsOf } from './records.ts';

/** What was asked to end has ended by then. */
const LONGEST_ENDING_SECONDS = 300;
/** A sweep starts what waits; that execution needs a moment to take the gate. */
export const ADMISSION_SECONDS = 300;

/** Who waits at a moment. */
export interface Waiting {
  atMs: number;
  /** How many faults had struck by then. */
  struck: number;
  /** Datasets with waiting uploads and a gate that nobody holds, with the gate's epoch. */
  waiting: { dataset: string; epoch: number; uploadIds: string[] }[];
}

export function whoWaits({ world, history }: Course): Waiting {
  const waiting = [...history.datasets.keys()].map(datasetName).flatMap((dataset) => {
    const { gate, waiting: uploadIds } = recordsOf(world, dataset);
    return gate && gate.holder === null && uploadIds.length > 0
      ? [{ dataset, epoch: gate.epoch, uploadIds }]
      : [];
  });
  return { atMs: world.now(), struck: world.struck.size, waiting };
}

/** Promise 4, after a sweep that nothing disturbed: whatever ended well before it has let go of everything. */
export function brokenAfterSweep({ world, history, started }: Course, { atMs: beganMs }: Waiting): string[] {
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
  for (const { id, state, runId, keptUntil } of clustersOf(world)) {
    if (keptUntil && keptUntil.getTime() < longAgoMs) found.push(`4: ${id} is kept warm for too long`);
    complain(runId, `its cluster ${id} is ${state}`);
  }
  return found;
}

/** Promise 6, a moment after a sweep or after a run that left: nobody goes on waiting for a gate that nobody holds. */
export function brokenAfterAdmission(
  { world }: Course,
  { struck, waiting }: Waiting,
  after: string,
): string[] {
  // Whatever was started may have been struck down since.
  if (world.struck.size > struck) return [];
  return waiting.flatMap(({ dataset, epoch, uploadIds }) => {
    const { gate, waiting: still } = recordsOf(world, dataset);
    const inVain = gate?.epoch === epoch && uploadIds.some((uploadId) => still.includes(uploadId));
    return inVain ? [`6: uploads of ${dataset} wait for a gate that nobody holds, after ${after}`] : [];
  });
}
