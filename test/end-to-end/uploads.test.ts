import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { names } from '../../local/stack/names.ts';
import { ROOT } from '../../local/stack/places.ts';
import { uploadIdOf } from '../../tasks/core/upload-id.ts';
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
  tidegate,
} from './stack.ts';
import { copyAndWait, deployWithEngine, upload, versionOf } from './upload.ts';

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
    const [{ uploadId }] = outputOf(execution)['uploads'] as [{ uploadId: string }];
    expect(await tidegate('quarantine', 'flights')).toMatch(new RegExp(`^${uploadId} +LOADED +24 of`, 'm'));
    const [head, ...rows] = (await tidegate('quarantine', 'flights', uploadId)).trimEnd().split('\n');
    expect(head).toMatch(/^_row,_reasons,year,month,day/);
    expect(rows).toHaveLength(24);
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
  const [header = '', first = '', ...others] = readFileSync(BIRDSTRIKES_FILE, 'utf8').trimEnd().split('\r\n');
  const old = 'AN OLD FIELD,DC-3,None,1990-01-01,MILITARY,Ohio,Climb,Small,Sparrow,Day,1,2,3,90';
  const mended = first.replace(/,0,0,0,(\d+)$/, ',0,5.50,5.50,$1');
  const amounts = new Set(['cost_other', 'cost_repair', 'cost_total']);
  const expressions = BIRDSTRIKES.map((name) => (amounts.has(name) ? `cast(${name} * 100 as int64)` : name));
  /** How the table differs from what an independent reading of lines says. */
  const differencesFrom = async (lines: string[]) => {
    const file = join(scratch, 'expected.csv');
    writeFileSync(file, [header, ...lines].join('\n'));
    const expected = await readIndependently('birdstrikes.sql', { file });
    return differences(await rowsOf('birdstrikes', expressions), expected);
  };

  it('keep every row under a key with spaces and unicode, beside the rows that were adopted', async () => {
    const adopted = join(scratch, 'old.csv');
    writeFileSync(adopted, `${header}\n${old}\n`);
    await aws('s3', 'cp', adopted, `s3://${names.lakeBucket}/old/birdstrikes/old.csv`);
    expect(await tidegate('adopt', 'birdstrikes', 'old/birdstrikes', '--format', 'csv')).toContain(
      'Adopted 1 row ',
    );
    const execution = await copyAndWait(BIRDSTRIKES_FILE, key);
    expect(execution).toMatchObject({ status: 'SUCCEEDED' });
    expect(await differencesFrom([first, ...others, old])).toEqual(NONE);
  });

  it('come again when a row of theirs is mended, and take nothing else along', async () => {
    const file = join(scratch, 'mended.csv');
    writeFileSync(file, `_row,${header}\n2,${mended}\n`);
    const uploadId = uploadIdOf(names.sourceBucket, key, await versionOf(key));
    expect(await tidegate('mend', 'birdstrikes', uploadId, file, '--wait')).toContain('LOADED by run');
    expect(await differencesFrom([mended, ...others, old])).toEqual(NONE);
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
    const lines = readFileSync(BIRDSTRIKES_FILE, 'utf8').trimEnd().split('\r\n');
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
