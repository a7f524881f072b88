import { runIdOf } from '../../../tasks/core/run-id.ts';
import { type Course, datasetName } from '../simulate.ts';
import { recordsOf } from './records.ts';

/** What was asked to end has ended by then. */
const LONGEST_ENDING_SECONDS = 300;

/**
 * Promises 4 and 6, after a sweep that nothing disturbed: whatever ended well before it has let go of everything, and
 * nobody has waited all the while for a gate that nobody holds.
 */
export function brokenAfterSweep({ world, history, ends }: Course, beganMs: number): string[] {
  const found: string[] = [];
  const longAgoMs = beganMs - LONGEST_ENDING_SECONDS * 1000;
  for (const { arn, name, endedMs, redrivenMs } of ends) {
    if (endedMs > longAgoMs || redrivenMs <= world.now()) continue;
    const record = world.store.execution(arn);
    if (!record) continue;
    const runId = runIdOf(arn, new Date(record.startMs));
    for (const index of history.datasets.keys()) {
      if (recordsOf(world, datasetName(index)).gate?.holder !== runId) continue;
      found.push(`4: ${name} ended, a sweep came, and it holds the gate of ${datasetName(index)}`);
    }
    for (const cluster of world.clusters.clusters.values()) {
      if (!cluster.name.includes(runId) || cluster.state.startsWith('TERMINAT')) continue;
      found.push(`4: ${name} ended, a sweep came, and its cluster ${cluster.id} is ${cluster.state}`);
    }
    for (const run of world.jobRuns.runs.values()) {
      if (run.arguments['--run-id'] !== runId || (run.state !== 'STARTING' && run.state !== 'RUNNING'))
        continue;
      found.push(`4: ${name} ended, a sweep came, and its job run ${run.id} is ${run.state}`);
    }
  }
  for (const index of history.datasets.keys()) {
    const dataset = datasetName(index);
    const { gate, waiting } = recordsOf(world, dataset);
    if (waiting.length === 0 || gate?.holder) continue;
    found.push(...waitsInVain(dataset, world.now() / 1000 - beganMs / 1000));
  }
  return found;
}

/** A sweep starts what waits; that execution needs a moment to take the gate. */
function waitsInVain(dataset: string, sinceSeconds: number): string[] {
  return sinceSeconds < LONGEST_ENDING_SECONDS
    ? []
    : [`6: uploads of ${dataset} wait for a gate that nobody holds`];
}
