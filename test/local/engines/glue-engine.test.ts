import { glueOperations } from '../../../local/engines/glue/glue-api.ts';
import { GlueEngine, type GlueState } from '../../../local/engines/glue/glue-engine.ts';
import { memoryJournal } from '../../../local/engines/journal.ts';
import { type FakeProgram, fakeWorld, pass } from './fake-launcher.ts';

const SETTINGS = { startingMs: 500, logFolder: 's3://artifacts/glue-logs/' };

const job = {
  name: 'tidegate',
  role: 'role',
  description: '',
  command: { name: 'glueetl', scriptLocation: 's3://artifacts/spark/job.py', pythonVersion: '3' },
  defaultArguments: { '--datalake-formats': 'iceberg', '--extra-py-files': 's3://artifacts/lib.zip' },
  maxConcurrentRuns: 1,
  timeoutMinutes: 10,
  glueVersion: '6.0',
  workerType: 'G.1X',
  numberOfWorkers: 2,
};

function setUp(journal = memoryJournal<GlueState>()) {
  const world = fakeWorld(journal);
  const engine = new GlueEngine(world, SETTINGS);
  const program = (index: number): FakeProgram => {
    const found = world.launcher.programs[index];
    if (!found) throw new Error(`Only ${world.launcher.programs.length} programs were started.`);
    return found;
  };
  return { world, engine, program };
}

beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] }));
afterEach(() => void jest.useRealTimers());

test("a run hands Glue's arguments to spark-submit in Spark's form, and the job's own to the script", async () => {
  const { engine, program } = setUp();
  engine.createJob(job);
  const run = engine.startRun('tidegate', {
    arguments: { '--conf': 'a=b --conf c=d e', '--run-id': 'r1', '--enable-metrics': 'true' },
  });
  expect(run.state).toBe('STARTING');
  await pass(500);
  expect(run.state).toBe('RUNNING');
  expect(program(0).args).toEqual([
    ...['--conf', 'a=b', '--conf', 'c=d e', '--py-files', 's3://artifacts/lib.zip'],
    's3://artifacts/spark/job.py',
    ...['--JOB_NAME', 'tidegate', '--JOB_RUN_ID', run.id, '--run-id', 'r1'],
  ]);
  await pass(7000);
  await program(0).end(0);
  expect(run).toMatchObject({ state: 'SUCCEEDED', errorMessage: null });
  const answer = glueOperations(engine)['GetJobRun']?.({ JobName: 'tidegate', RunId: run.id });
  expect(answer).toMatchObject({ JobRun: { JobRunState: 'SUCCEEDED', ExecutionTime: 7 } });
});

test("a failed run's message is the script's own error, as Glue words it", async () => {
  const { engine, program } = setUp();
  engine.createJob(job);
  const run = engine.startRun('tidegate', {});
  await pass(500);
  await program(0).end(
    1,
    'Traceback (most recent call last):\n  File "/job.py", line 7, in <module>\n    main()\nValueError: bad\n',
  );
  expect(run).toMatchObject({
    state: 'FAILED',
    errorMessage: 'Error Category: UNCLASSIFIED_ERROR; Failed Line Number: 7; ValueError: bad',
  });
});

test('a failed run whose script said nothing names its log on this machine', async () => {
  const { engine, program } = setUp();
  engine.createJob(job);
  const run = engine.startRun('tidegate', {});
  await pass(500);
  await program(0).end(52);
  expect(run.errorMessage).toMatch(/^Command failed with exit code 52; its log on this machine: .*\/stderr$/);
});

test('a run that outlasts its timeout is stopped', async () => {
  const { engine, program } = setUp();
  engine.createJob(job);
  const run = engine.startRun('tidegate', { timeoutMinutes: 1 });
  await pass(500 + 60_000);
  expect(program(0).stopped).toBe(true);
  expect(run.state).toBe('TIMEOUT');
});

test('no more runs than the job allows; a place is free again when one ends', async () => {
  const { engine, program } = setUp();
  engine.createJob(job);
  engine.startRun('tidegate', {});
  await pass(500);
  expect(() => engine.startRun('tidegate', {})).toThrow(
    expect.objectContaining({ name: 'ConcurrentRunsExceededException' }),
  );
  await program(0).end(0);
  expect(engine.startRun('tidegate', {}).state).toBe('STARTING');
});

test('a former run is repeated by its id, with its arguments only', async () => {
  const { engine, program } = setUp();
  engine.createJob(job);
  const first = engine.startRun('tidegate', { arguments: { '--run-id': 'a' } });
  await pass(500);
  await program(0).end(1);
  expect(() => engine.startRun('tidegate', { id: first.id, arguments: { '--run-id': 'b' } })).toThrow(
    expect.objectContaining({ name: 'IdempotentParameterMismatchException' }),
  );
  expect(engine.startRun('tidegate', { id: first.id }).arguments).toEqual({ '--run-id': 'a' });
});

test('a run is stopped while it starts or runs, and not once it is over', async () => {
  const { engine, program } = setUp();
  engine.createJob({ ...job, maxConcurrentRuns: 2 });
  const early = engine.startRun('tidegate', {});
  const running = engine.startRun('tidegate', {});
  const stop = glueOperations(engine)['BatchStopJobRun'];
  stop?.({ JobName: 'tidegate', JobRunIds: [early.id] });
  await pass(500);
  stop?.({ JobName: 'tidegate', JobRunIds: [running.id] });
  expect(running.state).toBe('STOPPING');
  await pass(0);
  expect(program(0).stopped).toBe(true);
  expect([early.state, running.state]).toEqual(['STOPPED', 'STOPPED']);
  expect(stop?.({ JobName: 'tidegate', JobRunIds: [running.id] })).toMatchObject({
    SuccessfulSubmissions: [],
    Errors: [{ JobRunId: running.id }],
  });
});

test('after a restart what ran is stopped and FAILED, and the job is still there', async () => {
  const journal = memoryJournal<GlueState>();
  const { engine } = setUp(journal);
  engine.createJob(job);
  const { id } = engine.startRun('tidegate', {});
  await pass(500);
  const { engine: after, world } = setUp(journal);
  expect(world.launcher.leftovers).toHaveLength(1);
  expect(after.run('tidegate', id).state).toBe('FAILED');
  expect(after.startRun('tidegate', {}).state).toBe('STARTING');
});

test.each([{ WorkerType: 'G.3X' }, { Timeout: 1.5 }, { Timeout: 10_081 }])('the API refuses %j', (size) => {
  const { engine } = setUp();
  engine.createJob(job);
  const start = () => glueOperations(engine)['StartJobRun']?.({ JobName: 'tidegate', ...size });
  expect(start).toThrow(expect.objectContaining({ name: 'ValidationException' }));
});
