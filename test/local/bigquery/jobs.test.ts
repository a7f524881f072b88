import { type GoogleServices, LOCATION, PROJECT, startGoogleServices } from '../../fakes/google-services.ts';
import { parquet } from '../../fakes/parquet.ts';

let google: GoogleServices;
let jobs = 0;

beforeAll(async () => {
  google = await startGoogleServices();
  await google.bigquery.createDataset('d');
  await google.storage.createBucket('b');
  const [one, two, narrow, text, nullableId, decimals] = parquet(
    {
      fields: [
        ['id', 'integer', true],
        ['note', 'string', false],
      ],
      rows: [{ id: 1, note: 'a' }],
    },
    {
      fields: [
        ['note', 'string', false],
        ['id', 'integer', true],
      ],
      rows: [{ id: 2, note: 'b' }],
    },
    { fields: [['id', 'int32', true]], rows: [{ id: 3 }] },
    { fields: [['id', 'string', true]], rows: [{ id: 'x' }] },
    { fields: [['id', 'integer', false]], rows: [{ id: 4 }] },
    {
      fields: [
        ['small', 'decimal(38,9)', true],
        ['wide', 'decimal(38,10)', true],
      ],
      rows: [{ small: '1.5', wide: '0.0000000001' }],
    },
  );
  const files = { one, two, narrow, text, nullableId, decimals, garbage: Buffer.from('id,note\n1,a\n') };
  for (const [name, content] of Object.entries(files)) {
    await google.storage
      .bucket('b')
      .file(`${name}.parquet`)
      .save(content ?? '');
  }
});

afterAll(() => google.stop());
afterEach(() => google.bigQueryFaults());

const FIELDS = [
  { name: 'id', type: 'INT64', mode: 'REQUIRED' },
  { name: 'note', type: 'STRING', mode: 'NULLABLE' },
];

const table = async () => {
  jobs += 1;
  await google.bigquery.dataset('d').createTable(`t${jobs}`, { schema: { fields: FIELDS } });
  return `t${jobs}`;
};

const loadJob = (into: string, files: string[], jobId = `job-${into}`, more: object = {}) => ({
  jobId,
  location: LOCATION,
  configuration: {
    load: {
      sourceUris: files.map((name) => `gs://b/${name}.parquet`),
      sourceFormat: 'PARQUET',
      destinationTable: { projectId: PROJECT, datasetId: 'd', tableId: into },
      schema: { fields: FIELDS },
      createDisposition: 'CREATE_NEVER',
      writeDisposition: 'WRITE_TRUNCATE',
      ...more,
    },
  },
});

async function ended(jobId: string) {
  for (;;) {
    const [{ status }] = await google.bigquery.job(jobId, { location: LOCATION }).getMetadata();
    if (status.state === 'DONE') return status;
  }
}

async function load(...request: Parameters<typeof loadJob>) {
  const job = loadJob(...request);
  await google.bigquery.createJob(job);
  return ended(job.jobId);
}

const rowsOf = async (name: string) => {
  const [rows] = await google.bigquery.query(`SELECT * FROM d.${name} ORDER BY id`);
  return rows;
};

describe('ids', () => {
  test('an id is taken once: again it is 409, and the job that has it goes on', async () => {
    const into = await table();
    const [job] = await google.bigquery.createJob(loadJob(into, ['one']));
    expect(job.metadata.status.state).toBe('PENDING');
    await expect(google.bigquery.createJob(loadJob(into, ['two']))).rejects.toMatchObject({
      code: 409,
      errors: [{ reason: 'duplicate' }],
    });
    expect(await ended(`job-${into}`)).toEqual({ state: 'DONE' });
    expect(await rowsOf(into)).toEqual([{ id: 1, note: 'a' }]);
  });

  test('the id of a failed job is burned', async () => {
    const into = await table();
    expect(await load(into, ['missing'])).toMatchObject({ errorResult: { reason: 'notFound' } });
    await expect(google.bigquery.createJob(loadJob(into, ['one']))).rejects.toMatchObject({ code: 409 });
    expect(await load(into, ['one'], `again-${into}`)).toEqual({ state: 'DONE' });
  });

  test('a job is found in its location only', async () => {
    const into = await table();
    await load(into, ['one']);
    await expect(google.bigquery.job(`job-${into}`, { location: 'EU' }).getMetadata()).rejects.toMatchObject({
      code: 404,
    });
  });

  test('a job whose answer was dropped is there', async () => {
    const into = await table();
    await google.bigQueryFaults({ match: `POST .*job-${into}`, kind: 'drop-after' });
    // The client sends it again by itself, and is told that it is there already.
    await expect(google.bigquery.createJob(loadJob(into, ['one']))).rejects.toMatchObject({ code: 409 });
    expect(await ended(`job-${into}`)).toEqual({ state: 'DONE' });
  });

  test('a job that was dropped before it was taken is not there', async () => {
    await google.bigQueryFaults({ match: 'GET .*/jobs/', kind: 'drop-before' });
    await expect(google.bigquery.job('never', { location: LOCATION }).getMetadata()).rejects.toMatchObject({
      code: 404,
    });
  });

  test('jobs that ran when the service died have failed for what passes, and keep their ids', async () => {
    const into = await table();
    await google.bigQueryFaults({ match: 'STATEMENT slow', kind: 'delay', ms: 5_000 });
    await google.bigquery.createQueryJob({ query: 'SELECT 1', jobId: 'slow', location: LOCATION });
    await google.restartBigQuery();
    expect(await ended('slow')).toMatchObject({ errorResult: { reason: 'backendError' } });
    expect(await rowsOf(into)).toEqual([]);
  });
});

describe('loads', () => {
  test('columns are matched by name, whatever their order in the file, and a narrower integer fits', async () => {
    const into = await table();
    await load(into, ['one', 'two', 'narrow']);
    expect(await rowsOf(into)).toEqual([
      { id: 1, note: 'a' },
      { id: 2, note: 'b' },
      { id: 3, note: null },
    ]);
  });

  test.each([
    ['a file that is not there', 'missing', 'notFound', 'gs://b/missing.parquet'],
    ['a column of another type', 'text', 'invalid', "Parquet column 'id' has type string"],
    ['a required column that may be null in it', 'nullableId', 'invalid', "'id' is specified as REQUIRED"],
    ['a file that is no Parquet', 'garbage', 'invalid', 'not in Parquet format'],
  ])('%s fails the load, and nothing of the other files is loaded', async (_name, file, reason, message) => {
    const into = await table();
    await load(into, ['two']);
    const status = await load(into, ['one', file], `bad-${into}`);
    expect(status.errorResult).toMatchObject({ reason, message: expect.stringContaining(message) });
    expect(await rowsOf(into)).toEqual([{ id: 2, note: 'b' }]);
  });

  test('a decimal is loaded as the first of its decimalTargetTypes that holds it, else as a NUMERIC', async () => {
    const fields = [
      { name: 'small', type: 'NUMERIC' },
      { name: 'wide', type: 'BIGNUMERIC', precision: '38', scale: '10' },
    ];
    await google.bigquery.dataset('d').createTable('decimals', { schema: { fields } });
    const as = (jobId: string, more: object) =>
      load('decimals', ['decimals'], jobId, { schema: { fields }, ...more });
    const refused = await as('plain', {});
    expect(refused.errorResult?.message).toContain('wide has changed type from BIGNUMERIC to NUMERIC');
    await as('listed', { decimalTargetTypes: ['BIGNUMERIC', 'NUMERIC'] });
    const [[row]] = await google.bigquery.query('SELECT * FROM d.decimals');
    expect([String(row.small), String(row.wide)]).toEqual(['1.5', '1e-10']);
  });

  test('WRITE_TRUNCATE replaces, WRITE_APPEND adds, WRITE_EMPTY refuses a table with rows', async () => {
    const into = await table();
    await load(into, ['one'], `1-${into}`);
    await load(into, ['two'], `2-${into}`, { writeDisposition: 'WRITE_APPEND' });
    expect((await rowsOf(into)).map(({ id }) => id)).toEqual([1, 2]);
    const refused = await load(into, ['one'], `3-${into}`, { writeDisposition: 'WRITE_EMPTY' });
    expect(refused.errorResult.reason).toBe('duplicate');
    await load(into, ['one'], `4-${into}`);
    expect((await rowsOf(into)).map(({ id }) => id)).toEqual([1]);
  });

  test("CREATE_NEVER fails without the table, and a schema that is not the table's is refused", async () => {
    expect((await load('nowhere', ['one'])).errorResult.reason).toBe('notFound');
    const into = await table();
    const schema = { fields: [{ name: 'id', type: 'STRING', mode: 'NULLABLE' }] };
    expect((await load(into, ['one'], `s-${into}`, { schema })).errorResult.message).toContain(
      'Field id has changed type',
    );
  });

  test('more than 10,000 files, wildcards, and options that are not served are refused', async () => {
    const into = await table();
    const many = Array.from({ length: 10_001 }, (_, index) => `f${index}`);
    expect((await load(into, many, `m-${into}`)).errorResult.message).toContain('10000');
    expect((await load(into, ['*'], `w-${into}`)).errorResult.reason).toBe('notImplemented');
    const jagged = await load(into, ['one'], `j-${into}`, { allowJaggedRows: true });
    expect(jagged.errorResult).toMatchObject({
      reason: 'notImplemented',
      message: expect.stringContaining('allowJaggedRows'),
    });
  });
});

describe('faults', () => {
  test('a 503 is tried again by the client', async () => {
    await google.bigQueryFaults({ match: 'GET .*/tables/', kind: '503', times: 1 });
    const into = await table();
    const [{ numRows }] = await google.bigquery.dataset('d').table(into).getMetadata();
    expect(numRows).toBe('0');
  });

  test('a job fails by the reason that is asked for, once', async () => {
    const into = await table();
    await google.bigQueryFaults({ match: `JOB load job-${into}`, kind: 'jobError', reason: 'quotaExceeded' });
    expect((await load(into, ['one'])).errorResult.reason).toBe('quotaExceeded');
    expect(await load(into, ['one'], `again-${into}`)).toEqual({ state: 'DONE' });
  });

  test('a rate limit is a 403 with its reason', async () => {
    await google.bigQueryFaults({ match: 'GET .*/jobs/any', kind: 'rateLimit', times: 9 });
    await expect(google.bigquery.job('any', { location: LOCATION }).getMetadata()).rejects.toMatchObject({
      code: 403,
      errors: [{ reason: 'rateLimitExceeded' }],
    });
  });

  test('a kind that there is not is refused', async () => {
    await expect(google.bigQueryFaults({ match: '.', kind: 'meteor' })).rejects.toThrow('No fault meteor');
  });
});
