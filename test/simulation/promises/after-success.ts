import type { ExecutionRecord } from '../../../local/states/store/records.ts';
import { runIdOf } from '../../../tasks/core/run-id.ts';
import { asksForNoDataset, type Course, datasetName } from '../simulate.ts';
import { clustersOf, recordsOf } from './records.ts';

/**
 * An execution that succeeded was not asked for what is not there (promise 5) and, where nothing has gone wrong yet, has
 * returned its cluster and left the gate by itself, without a sweep (promise 4).
 */
export function brokenAfterSuccess(course: Course, record: ExecutionRecord): string[] {
  const idle = asksForNoDataset(course, record.input)
    ? [`5: ${record.name} succeeded, though its dataset is not deployed`]
    : [];
  return [...idle, ...brokenLeaving(course, record)];
}

function brokenLeaving({ world, history }: Course, { arn, name, startMs }: ExecutionRecord): string[] {
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
