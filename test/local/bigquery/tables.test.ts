import { setTimeout as pause } from 'node:timers/promises';
import { type GoogleServices, startGoogleServices } from '../../fakes/google-services.ts';

let google: GoogleServices;
let made = 0;

beforeAll(async () => {
  google = await startGoogleServices();
  await google.bigquery.createDataset('d');
});

afterAll(() => google.stop());

const FIELDS = [
  { name: 'day', type: 'DATE', mode: 'REQUIRED', description: 'The day.' },
  { name: 'id', type: 'INT64', mode: 'REQUIRED' },
  { name: 'price', type: 'NUMERIC', precision: '6', scale: '2', mode: 'NULLABLE' },
];

const create = async (more: object = {}) => {
  made += 1;
  const [table] = await google.bigquery.dataset('d').createTable(`t${made}`, {
    schema: { fields: FIELDS },
    ...more,
  });
  return table;
};

test('a table keeps what it is made with, and is made once', async () => {
  const more = {
    description: 'Days.',
    labels: { tidegate_dataset: 'days' },
    timePartitioning: { type: 'MONTH', field: 'day' },
    clustering: { fields: ['id'] },
    tableConstraints: { primaryKey: { columns: ['day', 'id'] } },
  };
  const table = await create(more);
  const [metadata] = await table.getMetadata();
  // The API tells some types by their older names, however they were given.
  const fields = FIELDS.map((field) => ({ ...field, ...(field.type === 'INT64' && { type: 'INTEGER' }) }));
  expect(metadata).toMatchObject({ ...more, schema: { fields }, numRows: '0', type: 'TABLE' });
  await expect(
    google.bigquery.dataset('d').createTable(table.id ?? '', { schema: { fields: FIELDS } }),
  ).rejects.toMatchObject({ code: 409, errors: [{ reason: 'duplicate' }] });
});

test.each([
  [
    'parts by a column that there is not',
    { timePartitioning: { type: 'MONTH', field: 'x' } },
    'partitioning',
  ],
  ['parts by a number', { timePartitioning: { type: 'MONTH', field: 'id' } }, 'partitioning'],
  ['clusters by five columns', { clustering: { fields: ['a', 'b', 'c', 'd', 'e'] } }, 'At most 4'],
  [
    'has a time in its key',
    {
      schema: { fields: [{ name: 'n', type: 'TIME' }] },
      tableConstraints: { primaryKey: { columns: ['n'] } },
    },
    'cannot be of type TIME',
  ],
  [
    'has a key of 17 columns',
    { tableConstraints: { primaryKey: { columns: Array(17).fill('id') } } },
    'exceed 16',
  ],
  ['has a key of no column', { tableConstraints: { primaryKey: { columns: ['x'] } } }, 'Primary key'],
  [
    'has a decimal with too many digits',
    { schema: { fields: [{ name: 'n', type: 'NUMERIC', precision: '39', scale: '0' }] } },
    'limits',
  ],
  [
    'has two columns of one name',
    {
      schema: {
        fields: [
          { name: 'n', type: 'INT64' },
          { name: 'N', type: 'INT64' },
        ],
      },
    },
    'Duplicate',
  ],
])('a table that %s is refused', async (_name, more, message) => {
  await expect(create(more)).rejects.toThrow(message);
});

test('nullable columns are added, and required ones relaxed; nothing else of a schema changes', async () => {
  const table = await create();
  const [day, id, price] = FIELDS;
  const set = (...fields: object[]) => table.setMetadata({ schema: { fields: fields as never } });
  await set({ ...day, mode: 'NULLABLE', description: 'Which day.' }, id as object, price as object, {
    name: 'note',
    type: 'STRING',
  });
  const [{ schema }] = await table.getMetadata();
  expect(schema.fields.map((field: { name: string; mode?: string }) => [field.name, field.mode])).toEqual([
    ['day', 'NULLABLE'],
    ['id', 'REQUIRED'],
    ['price', 'NULLABLE'],
    ['note', undefined],
  ]);
  const [, , , note] = schema.fields;
  await expect(set(id as object, price as object, note)).rejects.toThrow('day is missing');
  await expect(
    set({ ...day, mode: 'NULLABLE', type: 'STRING' }, id as object, price as object, note),
  ).rejects.toThrow('changed type');
  await expect(set(day as object, id as object, price as object, note)).rejects.toThrow('changed mode');
  await expect(
    set({ ...day, mode: 'NULLABLE' }, id as object, price as object, note, {
      name: 'x',
      type: 'INT64',
      mode: 'REQUIRED',
    }),
  ).rejects.toThrow('required');
});

test('a decimal column is given more digits by SQL, not fewer, and keeps its values', async () => {
  const table = await create();
  const name = `d.${table.id}`;
  await google.bigquery.query(`INSERT INTO ${name} (day, id, price) VALUES (DATE '2024-01-01', 1, 1234.56)`);
  await google.bigquery.query(`ALTER TABLE ${name} ALTER COLUMN price SET DATA TYPE NUMERIC(9, 3)`);
  const [{ schema }] = await table.getMetadata();
  expect(schema.fields[2]).toMatchObject({ type: 'NUMERIC', precision: '9', scale: '3' });
  const [[row]] = await google.bigquery.query(`SELECT price FROM ${name}`);
  expect(String(row.price)).toBe('1234.56');
  await expect(
    google.bigquery.query(`ALTER TABLE ${name} ALTER COLUMN price SET DATA TYPE NUMERIC(8, 3)`),
  ).rejects.toThrow('assignable');
});

test('a table whose time has come is gone, also by the default of its dataset', async () => {
  const hour = 3_600_000;
  const lasting = await create({ expirationTime: String(Date.now() + hour) });
  const brief = await create({ expirationTime: String(Date.now() + 1) });
  const ofDataset = async (name: string, lifetime: number) => {
    await google.bigquery.createDataset(name, { defaultTableExpirationMs: String(lifetime) } as never);
    return (await google.bigquery.dataset(name).createTable('t', { schema: { fields: FIELDS } }))[0];
  };
  const lastingByDefault = await ofDataset('lasting', hour);
  const briefByDefault = await ofDataset('brief', 1);
  for (const table of [brief, briefByDefault]) while ((await table.exists())[0]) await pause(5);
  expect([await lasting.exists(), await lastingByDefault.exists()]).toEqual([[true], [true]]);
});

test('a dry run does nothing, and counts of a parted table only the months between constants', async () => {
  const table = await create({ timePartitioning: { type: 'MONTH', field: 'day' } });
  const name = `d.${table.id}`;
  const days = ['2024-01-05', '2024-01-20', '2024-02-01', '2024-03-01'];
  await google.bigquery.query(
    `INSERT INTO ${name} (day, id) VALUES ${days.map((day, id) => `(DATE '${day}', ${id})`).join(', ')}`,
  );
  const bytes = async (where: string) => {
    const configuration = {
      dryRun: true,
      query: { query: `DELETE FROM ${name} WHERE ${where}`, useLegacySql: false },
    };
    const [, { statistics }] = await google.bigquery.createJob({ configuration });
    return Number(statistics?.totalBytesProcessed);
  };
  const all = await bytes('TRUE');
  expect(await bytes("day BETWEEN DATE '2024-01-10' AND DATE '2024-02-15'")).toBe((all * 3) / 4);
  const [[count]] = await google.bigquery.query(`SELECT COUNT(*) AS n FROM ${name}`);
  expect(count.n).toBe(4);
});

test('what is not there is 404, and what is not served says so', async () => {
  await expect(google.bigquery.dataset('d').table('x').getMetadata()).rejects.toMatchObject({ code: 404 });
  await expect(google.bigquery.dataset('x').table('x').getMetadata()).rejects.toMatchObject({ code: 404 });
  await expect(create({ view: { query: 'SELECT 1' } })).rejects.toMatchObject({ code: 501 });
});

test('tables outlive the service', async () => {
  const table = await create();
  await google.bigquery.query(`INSERT INTO d.${table.id} (day, id) VALUES (DATE '2024-01-05', 1)`);
  await google.restartBigQuery();
  const [[count]] = await google.bigquery.query(`SELECT COUNT(*) AS n FROM d.${table.id}`);
  expect(count.n).toBe(1);
});
