import { gateKey } from '../../tasks/core/records.ts';
import { contractOf } from '../fakes/samples.ts';
import { entering } from './entering.ts';
import { failingIn } from './failing-once.ts';
import { type WorkflowWorld, workflowWorld } from './world.ts';

const abortedIn = async (state: string, engine: 'emr' | 'glue') => {
  let left = 1;
  const world: WorkflowWorld = workflowWorld({
    contracts: [contractOf({ engine })],
    adapters: entering(state, () => {
      if (left-- > 0) world.abort(arn);
    }),
  });
  const arn = world.start(world.upload('flights/a.csv', 'id,note\n1,x\n'));
  const seen = await world.finished(arn);
  expect(seen.record.status).toBe('ABORTED');
  return { world, arn };
};

const states = [
  ['AdmitUpload', 'glue'],
  ['PinInput', 'glue'],
  ['PlanRun', 'glue'],
  ['LeaseCluster', 'emr'],
  ['CreateCluster', 'emr'],
  ['RunSparkStep', 'emr'],
  ['ReturnCluster', 'emr'],
  ['RunGlueJob', 'glue'],
  ['VerifyOutput', 'glue'],
  ['CopyBatch', 'glue'],
  ['Deliver', 'glue'],
  ['LeaveGate', 'glue'],
] as const;

const passes = ({ clock }: WorkflowWorld, seconds: number) =>
  clock.sleepUntil(clock.now() + seconds * 1000, new AbortController().signal);

const restOf = async (world: WorkflowWorld) => ({
  holder: (await world.table.get(gateKey('flights')))?.item['holder'] ?? null,
  clusters: [...world.clusters.clusters.values()].filter(({ state }) => !state.startsWith('TERMINAT')),
  jobRuns: [...world.jobRuns.active.keys()],
});

describe.each(states)('an execution that was aborted in %s', (state, engine) => {
  test('is told once and leaves nothing behind, whether its event comes or not', async () => {
    const { world, arn } = await abortedIn(state, engine);
    await world.sweep();
    await world.tellStatus(arn);
    await world.sweep();
    await world.settled();
    expect(await restOf(world)).toEqual({ holder: null, clusters: [], jobRuns: [] });
    expect(world.notices.published).toEqual([
      expect.objectContaining({ subject: expect.stringContaining('ExecutionAborted') }),
    ]);
  });

  test.each([
    ['before anybody cleaned up', false],
    ['after the sweep', true],
  ])('is redriven to its end %s', async (_name, swept) => {
    const { world, arn } = await abortedIn(state, engine);
    if (swept) await world.sweep();
    const redriven = await world.redrive(arn);
    await world.settled();
    expect(redriven.record).toMatchObject({ status: 'SUCCEEDED' });
    await world.sweep();
    await world.settled();
    expect(world.rowsOf('flights').map(({ id, note }) => [id, note])).toEqual([[1, 'x']]);
    expect(await restOf(world)).toEqual({ holder: null, clusters: [], jobRuns: [] });
  });
});

/** Redriven where it was cut, an execution does not ask for the gate: what it does is right beside any other run. */
test.each(states)(
  'redriven in %s while another run holds the gate, both come to their end and the table is right',
  async (state, engine) => {
    const { world, arn } = await abortedIn(state, engine);
    await world.sweep();
    await passes(world, 1);
    const other = world.start(world.upload('flights/b.csv', 'id,note\n1,newer\n2,y\n'));
    await passes(world, 0.5);
    const holder = (await world.table.get(gateKey('flights')))?.item['holderExecutionArn'];
    expect(holder).toBe(other);
    const redriven = await world.redrive(arn);
    await world.settled();
    await world.sweep();
    await world.settled();
    expect(redriven.record).toMatchObject({ status: 'SUCCEEDED' });
    expect(world.see(other).record).toMatchObject({ status: 'SUCCEEDED' });
    expect(world.rowsOf('flights').map(({ id, note }) => [id, note])).toEqual([
      [1, 'newer'],
      [2, 'y'],
    ]);
    expect(await restOf(world)).toEqual({ holder: null, clusters: [], jobRuns: [] });
  },
);

test.each([
  ['RunGlueJob', 'glue'],
  ['CreateCluster', 'emr'],
  ['RunSparkStep', 'emr'],
] as const)(
  'what was begun in %s may go on: redriven there, the job has another attempt and folder',
  async (state, engine) => {
    const { world, arn } = await abortedIn(state, engine);
    const redriven = await world.redrive(arn);
    expect(redriven.output).toMatchObject({ attempt: 2 });
    expect(world.notices.published).toEqual([]);
  },
);

/** What was told of the failure before the redrive is no word on the end after it. */
test.each(['DiagnoseFailure', 'Alert', 'CleanUp', 'RedriveGate'])(
  'cut short in %s, redriven, and cut short once more, an execution is told of anew',
  async (state) => {
    let entered = '';
    const cause = JSON.stringify({ errorType: 'Error', errorMessage: 'no way through', trace: [] });
    const world: WorkflowWorld = workflowWorld({
      adapters: (own) =>
        entering(state, () => abortOnce(state))(
          entering('Deliver', () => abortOnce('Deliver'))(failingIn('VerifyOutput', 'Error', cause)(own)),
        ),
    });
    const abortOnce = (name: string) => {
      if (entered !== name) world.abort(arn);
      entered = name;
    };
    const arn = world.start(world.upload('flights/a.csv', 'id,note\n1,x\n'));
    expect((await world.finished(arn)).record.status).toBe('ABORTED');
    await world.sweep();
    const told = world.notices.published.length;
    let redriven = await world.redrive(arn);
    if (redriven.record.status === 'FAILED') redriven = await world.redrive(arn);
    expect(redriven.record.status).toBe('ABORTED');
    await world.tellStatus(arn);
    await world.sweep();
    expect(world.notices.published.at(-1)?.message).toContain('ExecutionAborted, attempt 1');
    expect(world.notices.published.length).toBeGreaterThan(told);
  },
);
