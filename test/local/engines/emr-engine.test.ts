import type { Cluster, StepRequest } from '../../../local/engines/emr/cluster.ts';
import { emrOperations } from '../../../local/engines/emr/emr-api.ts';
import { type ClusterRequest, EmrEngine } from '../../../local/engines/emr/emr-engine.ts';
import { memoryJournal } from '../../../local/engines/journal.ts';
import { type FakeProgram, fakeWorld, pass, settled } from './fake-launcher.ts';

const DELAYS = { startingMs: 1000, bootstrappingMs: 1000, terminatingMs: 1000 };

const clusterRequest = (change: Partial<ClusterRequest> = {}): ClusterRequest => ({
  name: 'flights',
  tags: {},
  endsWithoutSteps: false,
  terminationProtected: false,
  stepConcurrency: 1,
  idleTimeoutSeconds: null,
  logUri: 's3://artifacts/emr-logs',
  releaseLabel: 'emr-spark-8.1.0',
  applications: ['Spark'],
  serviceRole: null,
  instanceProfile: null,
  instances: {},
  managedScalingPolicy: null,
  steps: [],
  ...change,
});

const stepRequest = (change: Partial<StepRequest> = {}): StepRequest => ({
  name: 'load',
  actionOnFailure: 'CONTINUE',
  jar: 'command-runner.jar',
  args: ['spark-submit', '--conf', 'a=b', 's3://artifacts/job.py', '--run-id', 'r'],
  properties: {},
  ...change,
});

function setUp(request: Partial<ClusterRequest> = {}) {
  const world = fakeWorld<Cluster[]>();
  const engine = new EmrEngine(world, DELAYS);
  const cluster = engine.create(clusterRequest(request));
  const program = (index: number): FakeProgram => {
    const found = world.launcher.programs[index];
    if (!found) throw new Error(`Only ${world.launcher.programs.length} programs were started.`);
    return found;
  };
  return { world, engine, cluster, program };
}

beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] }));
afterEach(() => void jest.useRealTimers());

test('a cluster starts, bootstraps, and waits for steps', async () => {
  const { cluster } = setUp();
  const seen = [cluster.state];
  for (let turn = 0; turn < 2; turn += 1) {
    await pass(1000);
    seen.push(cluster.state);
  }
  expect(seen).toEqual(['STARTING', 'BOOTSTRAPPING', 'WAITING']);
  expect(cluster.readyAt).toBe(cluster.createdAt + 2000);
});

test('a step hands its very arguments to spark-submit once the cluster is ready', async () => {
  const { engine, cluster, world, program } = setUp();
  const [id = ''] = engine.addSteps(cluster.id, [stepRequest()]);
  await pass(1500);
  expect(world.launcher.programs).toHaveLength(0);
  await pass(500);
  expect(program(0).args).toEqual(['--conf', 'a=b', 's3://artifacts/job.py', '--run-id', 'r']);
  expect(cluster.state).toBe('RUNNING');
  await program(0).end(0);
  expect(engine.step(cluster.id, id).state).toBe('COMPLETED');
  expect(cluster.state).toBe('WAITING');
  expect(world.logFolders).toEqual([`s3://artifacts/emr-logs/${cluster.id}/steps/${id}/`]);
});

test('a failed step says why, and where its log is', async () => {
  const { engine, cluster, program } = setUp();
  const [id = ''] = engine.addSteps(cluster.id, [stepRequest()]);
  await pass(2000);
  await program(0).end(
    1,
    'noise\nTraceback (most recent call last):\n  File "/job.py", line 7, in <module>\n    main()\npyspark.errors.AnalysisException: no column x\n',
  );
  expect(engine.step(cluster.id, id)).toMatchObject({
    state: 'FAILED',
    failure: {
      message: 'AnalysisException: no column x',
      logFile: `s3://artifacts/emr-logs/${cluster.id}/steps/${id}/stderr.gz`,
    },
  });
});

test.each([
  ['CONTINUE', 'WAITING', 'COMPLETED'],
  ['CANCEL_AND_WAIT', 'WAITING', 'CANCELLED'],
  ['TERMINATE_CLUSTER', 'TERMINATED_WITH_ERRORS', 'CANCELLED'],
] as const)(
  'after a failure under %s the cluster is %s and the next step %s',
  async (action, clusterState, stepState) => {
    const { engine, cluster, world, program } = setUp();
    const [, next = ''] = engine.addSteps(cluster.id, [
      stepRequest({ actionOnFailure: action }),
      stepRequest({ actionOnFailure: action }),
    ]);
    await pass(2000);
    await program(0).end(1);
    if (world.launcher.programs.length > 1) await program(1).end(0);
    await pass(1000);
    expect(engine.step(cluster.id, next).state).toBe(stepState);
    expect(cluster.state).toBe(clusterState);
  },
);

test('no more steps run at once than the concurrency level', async () => {
  const { engine, cluster, world, program } = setUp({ stepConcurrency: 2 });
  engine.addSteps(cluster.id, [stepRequest(), stepRequest(), stepRequest()]);
  await pass(2000);
  expect(world.launcher.programs).toHaveLength(2);
  await program(1).end(0);
  expect(world.launcher.programs).toHaveLength(3);
});

test('a cluster that is not kept alive ends after its steps', async () => {
  const { cluster, program } = setUp({ endsWithoutSteps: true, steps: [stepRequest()] });
  await pass(2000);
  await program(0).end(0);
  expect(cluster.state).toBe('TERMINATING');
  await pass(1000);
  expect(cluster).toMatchObject({ state: 'TERMINATED', reason: { code: 'ALL_STEPS_COMPLETED' } });
});

test('termination stops what runs and cancels what waits', async () => {
  const { engine, cluster, program } = setUp();
  engine.addSteps(cluster.id, [stepRequest(), stepRequest()]);
  await pass(2000);
  engine.terminate(cluster.id);
  await pass(1000);
  expect(program(0).stopped).toBe(true);
  expect(cluster.steps.map(({ state }) => state)).toEqual(['CANCELLED', 'CANCELLED']);
  expect(cluster).toMatchObject({ state: 'TERMINATED', reason: { code: 'USER_REQUEST' } });
  expect(() => engine.addSteps(cluster.id, [stepRequest()])).toThrow(/may not be modified/);
});

test('a cluster that ended, and one that nobody knows, are refused by the name that the call has for it', async () => {
  const { engine, cluster } = setUp();
  engine.terminate(cluster.id);
  const refusal = expect.objectContaining({ name: 'ValidationException' });
  expect(() => engine.activeCluster(cluster.id)).toThrow(refusal);
  expect(() => engine.addSteps('j-UNKNOWN', [stepRequest()])).toThrow(refusal);
  expect(() => engine.terminate('j-UNKNOWN')).toThrow(refusal);
  expect(() => engine.cluster('j-UNKNOWN')).toThrow(
    expect.objectContaining({ name: 'InvalidRequestException' }),
  );
});

test('a cluster terminated while it starts never becomes ready', async () => {
  const { engine, cluster } = setUp();
  engine.terminate(cluster.id);
  await pass(10_000);
  expect(cluster).toMatchObject({ state: 'TERMINATED', readyAt: null });
});

test('an idle cluster ends after its idle timeout; work and a new policy postpone that', async () => {
  const { engine, cluster, program } = setUp({ idleTimeoutSeconds: 60 });
  await pass(2000 + 50_000);
  engine.addSteps(cluster.id, [stepRequest()]);
  await pass(100_000);
  expect(cluster.state).toBe('RUNNING');
  await program(0).end(0);
  await pass(59_000);
  expect(cluster.state).toBe('WAITING');
  engine.modify(cluster.id, { idleTimeoutSeconds: 120 });
  await pass(60_000);
  expect(cluster.state).toBe('WAITING');
  await pass(2_000);
  expect(cluster.state).toBe('TERMINATED');
});

test('a pending step is cancelled for good; a running one only on request, and the next goes on', async () => {
  const { engine, cluster, world, program } = setUp();
  const [first = '', second = '', third = ''] = engine.addSteps(cluster.id, [
    stepRequest(),
    stepRequest(),
    stepRequest(),
  ]);
  await pass(2000);
  expect(engine.cancelStep(cluster.id, second, false).accepted).toBe(true);
  expect(engine.cancelStep(cluster.id, first, false).accepted).toBe(false);
  expect(engine.cancelStep(cluster.id, first, true).accepted).toBe(true);
  await settled();
  expect(program(0).stopped).toBe(true);
  expect(world.launcher.programs).toHaveLength(2);
  expect([first, second, third].map((id) => engine.step(cluster.id, id).state)).toEqual([
    'CANCELLED',
    'CANCELLED',
    'RUNNING',
  ]);
});

test('after a restart what ran is stopped, and clusters still answer, ended', async () => {
  const journal = memoryJournal<Cluster[]>();
  const before = new EmrEngine(fakeWorld(journal), DELAYS);
  const { id } = before.create(clusterRequest({ steps: [stepRequest()] }));
  await pass(2000);
  const world = fakeWorld(journal);
  const after = new EmrEngine(world, DELAYS);
  expect(world.launcher.leftovers).toEqual([{ pid: 100, startedAt: 'then' }]);
  expect(after.cluster(id)).toMatchObject({
    state: 'TERMINATED_WITH_ERRORS',
    steps: [{ state: 'CANCELLED' }],
  });
});

test('a step that is no spark-submit fails and says what is run here', async () => {
  const { engine, cluster } = setUp();
  const [id = ''] = engine.addSteps(cluster.id, [stepRequest({ args: ['hadoop', 'fs'] })]);
  await pass(2000);
  expect(engine.step(cluster.id, id)).toMatchObject({
    state: 'FAILED',
    failure: { message: expect.stringContaining('spark-submit') },
  });
});

test('the API refuses side-by-side steps that would end the cluster, as EMR does', () => {
  const { engine } = setUp();
  const { RunJobFlow } = emrOperations(engine);
  const request = {
    Name: 'n',
    ReleaseLabel: 'emr-spark-8.1.0',
    Instances: { KeepJobFlowAliveWhenNoSteps: true },
    StepConcurrencyLevel: 2,
    Steps: [{ Name: 's', ActionOnFailure: 'CANCEL_AND_WAIT', HadoopJarStep: { Jar: 'command-runner.jar' } }],
  };
  expect(() => RunJobFlow?.(request)).toThrow(/CANCEL_AND_WAIT/);
  expect(RunJobFlow?.({ ...request, Steps: [] })).toMatchObject({ JobFlowId: expect.stringMatching(/^j-/) });
});

test('the API refuses fleets and limits that EMR does not have', () => {
  const { RunJobFlow } = emrOperations(setUp().engine);
  const type = { InstanceType: 'm7g.xlarge', WeightedCapacity: 1 };
  const spot = { TimeoutDurationMinutes: 7, TimeoutAction: 'SWITCH_TO_ON_DEMAND' };
  const limits = { UnitType: 'InstanceFleetUnits', MinimumCapacityUnits: 1, MaximumCapacityUnits: 2 };
  const run = (fleet: object, change: object = {}) =>
    RunJobFlow?.({
      Name: 'n',
      ReleaseLabel: 'emr-spark-8.1.0',
      Instances: {
        InstanceFleets: [
          { InstanceFleetType: 'CORE', TargetSpotCapacity: 1, InstanceTypeConfigs: [type], ...fleet },
        ],
      },
      ManagedScalingPolicy: { ComputeLimits: { ...limits, ...change } },
    });
  const spotOf = (change: object) => ({
    LaunchSpecifications: { SpotSpecification: { ...spot, ...change } },
  });
  expect(run(spotOf({}))).toMatchObject({ JobFlowId: expect.stringMatching(/^j-/) });
  for (const refused of [
    () => run({ InstanceFleetType: 'WORKER' }),
    () => run({ TargetSpotCapacity: 0.5 }),
    () => run({ InstanceTypeConfigs: [{ ...type, WeightedCapacity: -1 }] }),
    () => run({ InstanceTypeConfigs: [{ WeightedCapacity: 1 }] }),
    () => run(spotOf({ TimeoutDurationMinutes: 4 })),
    () => run(spotOf({ TimeoutAction: 'WAIT' })),
    () => run(spotOf({ AllocationStrategy: 'cheapest' })),
    () => run({}, { UnitType: 'Machines' }),
    () => run({}, { MaximumCapacityUnits: undefined }),
  ])
    expect(refused).toThrow(expect.objectContaining({ name: 'ValidationException' }));
});
