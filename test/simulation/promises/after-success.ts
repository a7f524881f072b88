import type { ExecutionRecord } from '../../../local/states/store/records.ts';
import { runIdOf } from '../../../tasks/core/run-id.ts';
import { type Course, datasetName } from '../simulate.ts';
import { clustersOf, recordsOf } from './records.ts';

/**
 * Promise 4 where nothing has gone wrong yet: a run that succeeded has returned its cluster and left the gate by itself,
 * without a sweep.
 */
export function brokenAfterSuccess(
  { world, history }: Course,
  { arn, name, startMs }: ExecutionRecord,
): string[] {
  if (world.struck.size > 0 || world.endedBadly) return [];
  const runId = runIdOf(arn, new Date(startMs));
  const held = [...history.datasets.keys()].map(datasetName).filter((dataset) => {
    return recordsOf(world, dataset).gate?.holder === runId;
  });
  return [
    ...held.map((dataset) => `4: ${name} succeeded and holds the gate of ${dataset}`),
    ...clustersOf(world)
      .filter((cluster) => cluster.runId === runId)
      .map(({ id, state }) => `4: ${name} succeeded and did not return its cluster ${id}, which is ${state}`),
  ];
}
