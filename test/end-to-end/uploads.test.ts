import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { names } from '../../local/stack/names.ts';
import { ROOT } from '../../local/stack/places.ts';
import { countOf, differences, NONE, rowsOf } from './rows.ts';
import {
  artifact,
  aws,
  ended,
  environment,
  execute,
  outputOf,
  readIndependently,
  referenceFile,
  sample,
  takeAlerts,
} from './stack.ts';
import { copyAndWait, deployWithEngine, upload } from './upload.ts';

const FLIGHTS =
  'year month day dep_time sched_dep_time dep_delay arr_time sched_arr_time arr_delay carrier flight tailnum origin dest air_time distance hour minute'.split(
    ' ',
  );
/** What the transform joins from the reference data. */
const JOINED =
  'origin_name dest_name dest_time_zone plane_year plane_manufacturer plane_model plane_seats'.split(' ');
const BIRDSTRIKES =
  'airport_name aircraft_model damage flight_date operator origin_state flight_phase wildlife_size wildlife_species time_of_day cost_other cost_repair cost_total speed_knots'.split(
    ' ',
  );

const BIRDSTRIKES_FILE = join(ROOT, 'node_modules/vega-datasets/data/birdstrikes.csv');

const scratch = mkdtempSync(join(tmpdir(), 'tidegate-end-to-end-'));

afterAll(() => rmSync(scratch, { recursive: true }));
beforeEach(async () => {
  await takeAlerts();
});

describe('uploads of flights', () => {
  const first = sample('flights/flights-2013-01a.csv');
  const second = sample('flights/flights-2013-q1.csv');
  let event: unknown;

  it('run on Glue when they are small, started by the event of `aws s3 cp`', async () => {
    const execution = await copyAndWait(first, 'flights/flights-2013-01a.csv');
    expect(execution).toMatchObject({ status: 'SUCCEEDED' });
    event = JSON.parse(execution.input ?? '');
    const history = (await aws(
      'stepfunctions',
      'get-execution-history',
      '--execution-arn',
      execution.executionArn ?? '',
    )) as { events: { id: number; type: string; previousEventId: number }[] };
    const types = history.events.map(({ type }) => type);
    expect(types.slice(0, 6)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSucceeded',
      'TaskStateExited',
    ]);
    expect(types).toContain('TaskSubmitted');
    expect(types.at(-1)).toBe('ExecutionSucceeded');
    expect(await takeAlerts()).toEqual([]);
  });

  it('load once, however often the event is delivered', async () => {
    const before = await countOf('flights');
    const again = await Promise.all([execute(event), execute(event)]);
    for (const execution of again) {
      expect(execution.status).toBe('SUCCEEDED');
      expect(outputOf(execution)).toMatchObject({ outcome: 'Duplicate', status: 'LOADED' });
    }
    expect(await countOf('flights')).toBe(before);
  });

  it('run on EMR where the contract asks for it; the table is what an independent reading says', async () => {
    await deployWithEngine('flights', 'emr');
    const execution = await copyAndWait(second, 'flights/flights-2013-q1.csv');
    expect(execution).toMatchObject({ status: 'SUCCEEDED' });
    const [airports, planes] = ['airports', 'planes'].map(referenceFile);
    const expected = await readIndependently('flights.sql', { first, second, airports, planes });
    const found = await rowsOf('flights', [...FLIGHTS, 'unix_micros(time_hour)', ...JOINED]);
    expect(expected.length).toBeGreaterThan(80_000);
    expect(differences(found, expected)).toEqual(NONE);
    const [notice, ...more] = await takeAlerts();
    expect(more).toEqual([]);
    expect(notice?.Subject).toContain('24 rows quarantined');
    const clusters = (await aws('emr', 'list-clusters', '--active')) as { Clusters: { Name: string }[] };
    expect(clusters.Clusters.filter(({ Name }) => Name.includes('flights'))).toEqual([]);
  });

  it('fail with one alert when the Spark step fails, and go on by `redrive-execution`', async () => {
    const before = await rowsOf('flights', FLIGHTS);
    const broken = join(scratch, 'job.py');
    writeFileSync(broken, 'raise RuntimeError("the disk of the planet is full")\n');
    await aws('s3', 'cp', broken, `s3://${names.artifactsBucket}/spark/job.py`);
    const started = (await aws(
      'stepfunctions',
      'start-execution',
      '--state-machine-arn',
      environment['TIDEGATE_STATE_MACHINE_ARN'] ?? '',
      '--input',
      JSON.stringify({ bucket: names.sourceBucket, key: 'flights/flights-2013-01a.csv' }),
    )) as { executionArn: string };
    const failed = await ended(started.executionArn);
    expect(failed).toMatchObject({ status: 'FAILED', error: 'SparkStepFailed' });
    const [alert, ...more] = await takeAlerts();
    expect(more).toEqual([]);
    expect(alert?.Message).toContain('the disk of the planet is full');
    expect(alert?.Message).toContain('aws stepfunctions redrive-execution');

    copyFileSync(artifact('job.py'), broken);
    await aws('s3', 'cp', broken, `s3://${names.artifactsBucket}/spark/job.py`);
    await aws('stepfunctions', 'redrive-execution', '--execution-arn', started.executionArn);
    const redriven = await ended(started.executionArn);
    expect(redriven).toMatchObject({ status: 'SUCCEEDED', redriveCount: 1 });
    expect(differences(await rowsOf('flights', FLIGHTS), before)).toEqual(NONE);
  });
});

describe('uploads of birdstrikes', () => {
  const key = 'birdstrikes/Ünïcode strikes (1990–2002) & more.csv';

  it('keep every row under a key with spaces and unicode, and a replay adds none', async () => {
    const execution = await copyAndWait(BIRDSTRIKES_FILE, key);
    expect(execution).toMatchObject({ status: 'SUCCEEDED' });
    const expected = await readIndependently('birdstrikes.sql', { file: BIRDSTRIKES_FILE });
    const amounts = new Set(['cost_other', 'cost_repair', 'cost_total']);
    const expressions = BIRDSTRIKES.map((name) =>
      amounts.has(name) ? `cast(${name} * 100 as int64)` : name,
    );
    expect(differences(await rowsOf('birdstrikes', expressions), expected)).toEqual(NONE);

    const replay = await execute({ bucket: names.sourceBucket, key });
    expect(replay).toMatchObject({ status: 'SUCCEEDED' });
    expect(outputOf(replay)).toMatchObject({ uploads: [{ status: 'LOADED' }] });
    expect(differences(await rowsOf('birdstrikes', expressions), expected)).toEqual(NONE);
  });
});

describe('uploads of weather', () => {
  it('become files in the destination bucket, transformed, and nothing in BigQuery', async () => {
    const file = sample('weather/weather-2013-01.csv');
    const execution = await copyAndWait(file, 'weather/january.csv');
    expect(execution).toMatchObject({ status: 'SUCCEEDED' });
    const folder = `s3://${names.destinationBucket}/exports/weather/${outputOf(execution)['runId']}`;
    await aws('s3', 'cp', '--recursive', '--no-progress', folder, join(scratch, 'weather'));
    const exported = join(scratch, 'weather/*.csv');
    expect(await readIndependently('weather.sql', { file, exported })).toEqual([['2226', '0', '0']]);
    await expect(countOf('weather')).rejects.toThrow('Not found');
  });
});

describe('what is no upload', () => {
  it.each([
    ['an empty file', 'flights/empty.csv', '', /is empty/],
    ['a folder marker', 'flights/folder/', '', /folder marker/],
    ['a file of no dataset', 'no-such-dataset/file.csv', 'a,b\n1,2\n', /No dataset "no-such-dataset"/],
  ])('%s ends well and says why', async (_, key, body, reason) => {
    const execution = await ended(await upload(key, body));
    expect(execution.status).toBe('SUCCEEDED');
    expect(outputOf(execution)).toMatchObject({ outcome: 'Ignored', reason: expect.stringMatching(reason) });
    expect(await takeAlerts()).toEqual([]);
  });

  it('a malformed manual input fails as InvalidInput, with one alert that says what was expected', async () => {
    const execution = await execute({ bucket: names.sourceBucket, file: 'flights/a.csv' });
    expect(execution).toMatchObject({ status: 'FAILED', error: 'InvalidInput' });
    const [alert, ...more] = await takeAlerts();
    expect(more).toEqual([]);
    expect(alert?.Message).toContain('{"bucket","key"');
  });

  it("a header that is not the contract's rejects the file, tells people, and loads nothing", async () => {
    const before = await countOf('birdstrikes');
    const lines = readFileSync(BIRDSTRIKES_FILE, 'utf8').split('\n');
    const execution = await ended(
      await upload('birdstrikes/wrong-header.csv', ['Airport,Model', ...lines.slice(1, 5)].join('\n')),
    );
    expect(execution.status).toBe('SUCCEEDED');
    expect(outputOf(execution)).toMatchObject({ uploads: [{ status: 'REJECTED' }] });
    const [notice] = await takeAlerts();
    expect(notice?.Message).toContain('REJECTED');
    expect(await countOf('birdstrikes')).toBe(before);
  });
});
