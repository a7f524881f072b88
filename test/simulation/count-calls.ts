import type { FunctionName } from '../../tasks/functions.ts';
import type { History } from './history.ts';
import type { Calls } from './random-history.ts';
import { simulate, type Workflow } from './simulate.ts';

const upload = (dataset: number, at: number) => ({
  dataset,
  key: at % 3,
  at,
  ids: [1, 2, 3, 4, -1],
  rejected: false,
  events: [1, 2],
});

/** Everything that a task can be asked to do is done once: two engines, a failure, a burst, an abort. */
const history: History = {
  chance: 1,
  datasets: [
    { mode: 'merge', engine: 'emr', deliver: 'bigquery' },
    { mode: 'append', engine: 'glue', deliver: 'bigquery' },
  ],
  uploads: [0, 1, 2, 3].flatMap((at) => [upload(0, at), upload(1, at)]),
  acts: [],
  faults: [
    { kind: 'job', nth: 1, stage: 'merge', what: 'fails' },
    { kind: 'cut', execution: 0, seconds: 1000, by: 'person' },
  ],
  statusEvents: 'prompt',
};

/** How many calls an invocation of each task makes, at most. */
export async function countCalls(workflow: Workflow): Promise<Calls> {
  const { world } = await simulate(history, workflow);
  return new Map([...world.calls].sort(([a], [b]) => (a < b ? -1 : 1)) as [FunctionName, number][]);
}
