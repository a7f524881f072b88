import type { ExecutionRecord } from '../../../local/states/store/records.ts';
import { executionArn } from '../executor.ts';
import type { Fault, History } from '../history.ts';
import { type Outcome, simulate, type Workflow } from '../simulate.ts';
import type { World } from '../world.ts';
import type { DeclaredError, FailingState } from './declared-errors.ts';

/** What one error in one state comes to. */
export interface Cell {
  state: string;
  error: string;
  when: DeclaredError['when'];
  /** That it happened once makes no difference to anybody. */
  passes: boolean;
  /** How the execution ends when it happens again and again. */
  ends: string;
  /** Who tells people. */
  toldBy: string;
  /** The state that a redrive leads to, and whether the Spark job runs again. */
  redrive: string;
  /** Promises that are broken all the same. */
  broken: string[];
}

const NAME = 'event-0-0';
const ARN = executionArn(NAME);

/** One upload, and what goes wrong. */
const historyOf = (engine: 'emr' | 'glue', faults: Fault[]): History => ({
  chance: 7,
  datasets: [{ mode: 'merge', engine, deliver: 'bigquery' }],
  uploads: [{ dataset: 0, key: 0, at: 0, ids: [1, 2, 3, 4, -1], rejected: false, events: [0] }],
  acts: [],
  faults,
  statusEvents: 'prompt',
});

/** What the failures that lead to a state come to without another. */
export async function usualOf({ state, engine, first }: FailingState, workflow: Workflow): Promise<Usual> {
  const outcome = await simulate(historyOf(engine, first), workflow);
  const events = outcome.world.store.events(ARN, 1, 25_000);
  const entered = events.find(
    ({ type, details }) => type.endsWith('StateEntered') && details?.['name'] === state,
  );
  if (!entered) throw new Error(`no way leads to ${state}`);
  const enteredSeconds = (entered.timestamp - (events[0]?.timestamp ?? 0)) / 1000;
  return { ...seen(outcome), enteredSeconds };
}

type Seen = Pick<Cell, 'ends' | 'toldBy' | 'redrive'>;
export type Usual = Seen & { enteredSeconds: number };

/** Makes an error happen in a state once, and again and again, and looks at what comes of it. */
export async function cellOf(
  { state, engine, first }: FailingState,
  declared: DeclaredError,
  usual: Usual,
  workflow: Workflow,
): Promise<Cell> {
  const live = (fault: Fault): Promise<Outcome> => simulate(historyOf(engine, [...first, fault]), workflow);
  const onceOutcome = await live(declared.fault(0, usual.enteredSeconds));
  const once = seen(onceOutcome);
  const passes = once.ends === usual.ends && once.toldBy === usual.toldBy;
  const outcome =
    passes && declared.when ? await live(declared.fault('every', usual.enteredSeconds)) : onceOutcome;
  const happened = outcome.world.struck.size > first.length;
  const { ends, toldBy, redrive } = seen(outcome);
  return {
    state,
    error: declared.error,
    when: declared.when,
    passes,
    ends,
    toldBy,
    redrive,
    broken: [...onceOutcome.broken, ...outcome.broken, ...(happened ? [] : ['it never happened'])],
  };
}

/** How the execution first ended, who told of it, and what its redrive did. */
function seen({ world, ends }: Outcome): Seen {
  const record = world.store.execution(ARN);
  const [end] = ends.filter(({ arn }) => arn === ARN);
  if (!end || !record) return { ends: 'succeeds', toldBy: 'nobody needs to know', redrive: 'not needed' };
  const told = world.published.filter(
    ({ message, atMs }) => message.includes(ARN) && atMs >= end.beganMs && atMs < end.redrivenMs,
  );
  const senders = new Set(
    told.map(({ from }) => (from === 'workflow' ? 'Alert' : 'the status rule or the sweep')),
  );
  return {
    ends: `${end.status}${end.error ? ` ${end.error}` : ''}`,
    toldBy: [...senders].join(' and ') || 'nobody',
    redrive: redriveOf(world, record),
  };
}

/** States on the way from a redrive back into the work. */
const ON_THE_WAY = new Set(['RedriveGate', 'AdmitUpload', 'Admitted?', 'WaitGate']);

function redriveOf({ store }: World, record: ExecutionRecord): string {
  const events = store.events(ARN, 1, 25_000);
  const redriven = events.findIndex(({ type }) => type === 'ExecutionRedriven');
  const entered = events
    .slice(redriven)
    .filter(({ type }) => type.endsWith('StateEntered'))
    .map(({ details }) => String(details?.['name']));
  if (record.status !== 'SUCCEEDED') return `ends ${record.status}: a dead end`;
  if (entered[0] !== 'AdmitUpload') return 'the same state again';
  const next = entered.find((name) => !ON_THE_WAY.has(name)) ?? 'its end';
  const sparkAgain = entered.some((name) => name === 'RunSparkStep' || name === 'RunGlueJob');
  return `${next}${sparkAgain ? '' : '; Spark does not run again'}`;
}
