import { GlueClient, StartJobRunCommand } from '@aws-sdk/client-glue';
import { GlueJobRuns } from '../../../tasks/adapters/glue-job-runs.ts';
import type { JobRuns } from '../../../tasks/core/ports.ts';
import { MemoryGlue } from '../../fakes/memory-glue.ts';
import { MemoryJobRuns } from '../../fakes/memory-services.ts';
import { emulated } from '../../fakes/moto.ts';
import { quickSurroundings } from '../../fakes/quick-surroundings.ts';
import { startEngines } from './local-engines.ts';
import { until } from './until.ts';

interface Service {
  jobRuns: JobRuns;
  /** Starts a job run with its arguments. */
  start(args: Record<string, string>): Promise<string>;
  /** Ends the job run that was started last. */
  ends(): Promise<void>;
  stop(): Promise<void>;
}

const JOB = 'tidegate';
const services: [string, () => Promise<Service>][] = [
  ['moved by hand', movedByHand],
  ['in memory', inMemory],
  ["by Glue's client over the local engine", overEngine],
];

describe.each(services)('job runs, %s', (_name, start) => {
  let service: Service;
  beforeAll(async () => {
    service = await start();
  });
  afterAll(() => service.stop());

  const runs = async (jobRunId: string): Promise<boolean> =>
    (await service.jobRuns.list()).some((run) => run.jobRunId === jobRunId);

  test('are listed with the attempt that they work for, until they end', async () => {
    const first = await service.start({ '--run-id': 'R1', '--attempt': '2' });
    expect(await service.jobRuns.list()).toContainEqual({ jobRunId: first, runId: 'R1', attempt: 2 });
    await service.ends();
    await until(async () => !(await runs(first)));
  });

  test('that work for no run of ours are not listed', async () => {
    const foreign = await service.start({ '--something': 'else' });
    expect(await runs(foreign)).toBe(false);
  });

  test('end once they are told to stop; told again, or when they have ended, they are left as they are', async () => {
    const stopped = await service.start({ '--run-id': 'R2', '--attempt': '1' });
    const other = await service.start({ '--run-id': 'R3', '--attempt': '1' });
    await service.jobRuns.stop(stopped);
    await service.jobRuns.stop(stopped);
    await until(async () => !(await runs(stopped)));
    await service.jobRuns.stop(stopped);
    expect(await runs(other)).toBe(true);
  });
});

async function movedByHand(): Promise<Service> {
  const jobRuns = new MemoryJobRuns();
  let started = 0;
  return {
    jobRuns,
    async start(args) {
      started += 1;
      const runId = args['--run-id'];
      if (runId) jobRuns.active.set(`jr-${started}`, { runId, attempt: Number(args['--attempt']) });
      return `jr-${started}`;
    },
    ends: async () => void jobRuns.active.delete(`jr-${started}`),
    stop: async () => {},
  };
}

async function inMemory(): Promise<Service> {
  const ends: (() => void)[] = [];
  const jobRuns = new MemoryGlue(
    quickSurroundings(),
    () => new Promise<void>((resolve) => ends.push(resolve)),
  );
  return {
    jobRuns,
    start: async (args) => jobRuns.start(args, 60).id,
    async ends() {
      await until(async () => ends.length > 0);
      ends.at(-1)?.();
    },
    stop: async () => {},
  };
}

async function overEngine(): Promise<Service> {
  const engines = await startEngines();
  engines.glue.createJob({
    name: JOB,
    role: 'role',
    description: '',
    command: { name: 'glueetl', scriptLocation: 's3://artifacts/spark/job.py', pythonVersion: '3' },
    defaultArguments: {},
    maxConcurrentRuns: 10,
    timeoutMinutes: 10,
    glueVersion: '6.0',
    workerType: 'G.1X',
    numberOfWorkers: 2,
  });
  const client = new GlueClient(emulated(engines.endpoint));
  return {
    jobRuns: new GlueJobRuns(client, JOB),
    async start(args) {
      const asked = new StartJobRunCommand({ JobName: JOB, Arguments: args });
      return (await client.send(asked)).JobRunId ?? '';
    },
    async ends() {
      await until(async () => engines.glueProgram() !== undefined);
      await engines.glueProgram()?.end(0);
    },
    async stop() {
      client.destroy();
      await engines.stop();
    },
  };
}
