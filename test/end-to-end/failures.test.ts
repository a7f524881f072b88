import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { BackgroundProcesses } from '../../local/processes/background-process.ts';
import { places, ROOT } from '../../local/stack/places.ts';
import { up } from '../../local/stack/up.ts';
import { ask, aws, ended, environment, outputOf, table, takeAlerts } from './stack.ts';
import { deployWithEngine, upload } from './upload.ts';

const LINES = readFileSync(join(ROOT, 'node_modules/vega-datasets/data/birdstrikes.csv'), 'utf8').split('\n');

/** A file of its own for each test: 100 other rows. */
function file(number: number): string {
  const [header = '', ...rows] = LINES;
  return [header, ...rows.slice(number * 100, number * 100 + 100)].join('\n');
}

interface History {
  events: {
    type: string;
    stateEnteredEventDetails?: { name: string };
    taskScheduledEventDetails?: { resource: string; parameters: string };
  }[];
}

const historyOf = (arn: string) =>
  aws('stepfunctions', 'get-execution-history', '--execution-arn', arn) as Promise<History>;

/** The cluster that an execution gave its Spark step to. */
const clusterOfStep = ({ events }: History): string | undefined =>
  events
    .map(({ taskScheduledEventDetails: scheduled }) => scheduled)
    .filter((scheduled) => scheduled?.resource === 'addStep.sync')
    .map((scheduled) => JSON.parse(scheduled?.parameters ?? '{}').ClusterId)
    .at(-1);

/** The newest execution that a run of the dataset started on leaving. */
async function startedNext(dataset: string): Promise<string> {
  const { executions } = (await aws(
    'stepfunctions',
    'list-executions',
    '--state-machine-arn',
    environment['TIDEGATE_STATE_MACHINE_ARN'] ?? '',
  )) as { executions: { name: string; executionArn: string }[] };
  const next = executions.find(({ name }) => name.startsWith(`${dataset}-after-`));
  if (!next) throw new Error(`no execution was started after a run of ${dataset}`);
  return next.executionArn;
}

const entered = ({ events }: History, state: string): number =>
  events.filter(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name === state).length;

/** Waits until the execution has entered a state. */
async function reached(arn: string, state: string): Promise<void> {
  for (;;) {
    const history = await historyOf(arn);
    if (entered(history, state) > 0) return;
    if (history.events.some(({ type }) => /^Execution(Failed|Succeeded|Aborted)$/.test(type)))
      throw new Error(`The execution ended before it reached ${state}.`);
    await wait(200);
  }
}

async function rowsOfRun(execution: Parameters<typeof outputOf>[0]): Promise<number> {
  const [row] = await ask(
    `select cast(count(*) as string) as n from ${table('birdstrikes')} where _run_id = @runId`,
    { runId: String(outputOf(execution)['runId']) },
  );
  return Number(row?.['n']);
}

/** Tells the stand-in for BigQuery what shall go wrong. */
async function faults(...list: object[]): Promise<void> {
  const response = await fetch(`${environment['TIDEGATE_BIGQUERY_ENDPOINT']}/__faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(list),
  });
  expect(response.ok).toBe(true);
}

const redrive = (arn: string) => aws('stepfunctions', 'redrive-execution', '--execution-arn', arn);

beforeEach(async () => {
  await takeAlerts();
});

const activeClusters = async (): Promise<number> => {
  const { Clusters } = (await aws('emr', 'list-clusters', '--active')) as { Clusters: unknown[] };
  return Clusters.length;
};

describe('a run', () => {
  it('that BigQuery refused goes on by a redrive without running Spark again', async () => {
    await faults({ match: '^JOB load ', kind: 'jobError', times: 1, reason: 'accessDenied' });
    const arn = await upload('birdstrikes/refused.csv', file(1));
    const failed = await ended(arn);
    expect(failed.status).toBe('FAILED');
    const [alert, ...more] = await takeAlerts();
    expect(more).toEqual([]);
    expect(alert?.Message).toContain('accessDenied');

    await faults();
    await redrive(arn);
    const redriven = await ended(arn);
    expect(redriven).toMatchObject({ status: 'SUCCEEDED', redriveCount: 1 });
    const history = await historyOf(arn);
    expect(entered(history, 'RunGlueJob')).toBe(1);
    expect(entered(history, 'VerifyOutput')).toBe(2);
    expect(await rowsOfRun(redriven)).toBe(100);
  });

  it('whose cluster is gone when it is redriven goes on with another', async () => {
    await deployWithEngine('birdstrikes', 'emr');
    const arn = await upload('birdstrikes/cluster-gone.csv', file(2));
    await reached(arn, 'RunSparkStep');
    await aws('stepfunctions', 'stop-execution', '--execution-arn', arn);
    // Nobody but the rule on the execution's status sees to it.
    while ((await activeClusters()) > 0) await wait(200);
    const [alert, ...more] = await takeAlerts();
    expect(more).toEqual([]);
    expect(alert?.Subject).toContain('ExecutionAborted');

    await redrive(arn);
    const redriven = await ended(arn);
    expect(redriven).toMatchObject({ status: 'SUCCEEDED', redriveCount: 1 });
    expect(entered(await historyOf(arn), 'CreateCluster')).toBe(2);
    expect(await rowsOfRun(redriven)).toBe(100);
  });

  it('goes on where it was when Step Functions is killed; its cluster then takes the step of what waited', async () => {
    const arn = await upload('birdstrikes/killed.csv', file(3));
    await reached(arn, 'PinInputs');
    const queued = await ended(await upload('birdstrikes/waited.csv', file(4)));
    expect(outputOf(queued)).toMatchObject({ outcome: 'Queued' });
    await reached(arn, 'RunSparkStep');
    const processes = new BackgroundProcesses(places.processes);
    process.kill(processes.running('states')?.pid ?? -1, 'SIGKILL');
    await wait(1000);
    await up();
    const execution = await ended(arn);
    expect(execution.status).toBe('SUCCEEDED');
    expect(await rowsOfRun(execution)).toBe(100);

    const next = await ended(await startedNext('birdstrikes'));
    expect(next.status).toBe('SUCCEEDED');
    expect(await rowsOfRun(next)).toBe(100);
    const [history, nextHistory] = [await historyOf(arn), await historyOf(next.executionArn ?? '')];
    expect(entered(nextHistory, 'CreateCluster')).toBe(0);
    expect(clusterOfStep(nextHistory)).toBe(clusterOfStep(history));
    // Nothing waits any more, so it is not kept.
    while ((await activeClusters()) > 0) await wait(200);
    await deployWithEngine('birdstrikes', 'auto');
  });
});
