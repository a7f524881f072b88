import { setTimeout as pause } from 'node:timers/promises';
import { type GoogleServices, LOCATION, startGoogleServices } from '../../fakes/google-services.ts';

let google: GoogleServices;
let made = 0;

beforeAll(async () => {
  google = await startGoogleServices();
  await google.bigquery.createDataset('d');
});

afterAll(() => google.stop());
afterEach(() => google.bigQueryFaults());

/** A table with the rows (1, 'a') and (2, 'b'). */
const table = async () => {
  made += 1;
  const fields = [
    { name: 'id', type: 'INT64', mode: 'REQUIRED' },
    { name: 'note', type: 'STRING' },
    { name: 'price', type: 'NUMERIC', precision: '6', scale: '2' },
  ];
  await google.bigquery.dataset('d').createTable(`t${made}`, { schema: { fields } });
  const name = `d.t${made}`;
  await run(`INSERT INTO ${name} (id, note) VALUES (1, 'a'), (2, 'b')`);
  return name;
};

const run = async (query: string, params?: Record<string, unknown>) => {
  const [rows] = await google.bigquery.query({ query, ...(params && { params }) });
  return rows;
};

const notes = async (name: string) =>
  (await run(`SELECT id, note FROM ${name} ORDER BY id`)).map(({ id, note }) => `${id}${note}`);

let jobs = 0;
/** Starts a script; gives what it came to. */
const script = async (sql: string) => {
  jobs += 1;
  const id = `script-${jobs}`;
  await google.bigquery.createQueryJob({ query: sql, jobId: id, location: LOCATION });
  return { id, ended: () => ended(id) };
};

/** Starts scripts, and comes back when each has a statement that matches before it: they go on by `release`. */
async function held(match: string, ...sqls: string[]) {
  const before = await google.bigQueryHeld();
  await google.bigQueryFaults({ match, kind: 'hold', times: sqls.length });
  const scripts = await Promise.all(sqls.map(script));
  while ((await google.bigQueryHeld()) < before + sqls.length) await pause(5);
  return {
    ended: () => Promise.all(scripts.map((one) => one.ended())),
    release: () => google.bigQueryFaults(),
  };
}

async function ended(id: string): Promise<string> {
  for (;;) {
    const [{ status }] = await google.bigquery.job(id, { location: LOCATION }).getMetadata();
    if (status.state === 'DONE') return status.errorResult?.message ?? 'done';
    await pause(5);
  }
}

describe('transactions', () => {
  test.each([
    [
      'a failed assertion',
      "SELECT IF((SELECT COUNT(*) FROM %) = 9, NULL, ERROR('not nine rows'))",
      'not nine rows',
    ],
    ['a failed statement', 'INSERT INTO % (id) VALUES (NULL)', 'Required field id cannot be null'],
    ['a roll-back', 'ROLLBACK TRANSACTION', 'done'],
    ['an end without a commit', 'SELECT 1', 'done'],
  ])('%s undoes all of it', async (_name, statement, outcome) => {
    const name = await table();
    const { ended } = await script(
      `BEGIN TRANSACTION; DELETE FROM ${name} WHERE id = 1; ${statement.replace('%', name)};`,
    );
    expect(await ended()).toContain(outcome);
    expect(await notes(name)).toEqual(['1a', '2b']);
  });

  test('a commit keeps all of it, and statements see those before them', async () => {
    const name = await table();
    const { ended } = await script(
      `BEGIN TRANSACTION; DELETE FROM ${name} WHERE id = 1;
       INSERT INTO ${name} (id, note) SELECT id + 1, 'c' FROM ${name}; COMMIT TRANSACTION;`,
    );
    expect(await ended()).toBe('done');
    expect(await notes(name)).toEqual(['2b', '3c']);
  });

  test('nobody sees what is not committed', async () => {
    const name = await table();
    const { ended, release } = await held(
      'STATEMENT .*COMMIT',
      `BEGIN TRANSACTION; DELETE FROM ${name} WHERE TRUE; COMMIT TRANSACTION;`,
    );
    expect(await notes(name)).toEqual(['1a', '2b']);
    await release();
    expect(await ended()).toEqual(['done']);
    expect(await notes(name)).toEqual([]);
  });

  test('of two that change rows of one table side by side, the later is aborted', async () => {
    const name = await table();
    const change = (note: string) =>
      `BEGIN TRANSACTION; UPDATE ${name} SET note = '${note}' WHERE id = 1; COMMIT TRANSACTION;`;
    const first = await held('STATEMENT .*COMMIT', change('first'));
    const second = await script(change('second'));
    expect(await second.ended()).toMatch(
      /^Transaction is aborted due to concurrent update against table tidegate-local:d\.t\d+\. Transaction ID: /,
    );
    await first.release();
    expect(await first.ended()).toEqual(['done']);
    expect(await notes(name)).toEqual(['1first', '2b']);
  });

  test('one that began before another was committed is aborted when it changes rows of the same table', async () => {
    const name = await table();
    const slow = await held(
      'STATEMENT .*UPDATE .*slow',
      `BEGIN TRANSACTION; SELECT 1; UPDATE ${name} SET note = 'slow' WHERE id = 1; COMMIT TRANSACTION;`,
    );
    await run(`UPDATE ${name} SET note = 'quick' WHERE id = 1`);
    await slow.release();
    expect(String(await slow.ended())).toContain('aborted due to concurrent update');
    expect(await notes(name)).toEqual(['1quick', '2b']);
  });

  test('those that only insert, or change other tables, go on side by side', async () => {
    const [name, other] = [await table(), await table()];
    const both = await held(
      'STATEMENT .*COMMIT',
      `BEGIN TRANSACTION; INSERT INTO ${name} (id) VALUES (3); COMMIT TRANSACTION;`,
      `BEGIN TRANSACTION; INSERT INTO ${name} (id) VALUES (4); DELETE FROM ${other} WHERE TRUE; COMMIT TRANSACTION;`,
    );
    await both.release();
    expect(await both.ended()).toEqual(['done', 'done']);
    expect(await notes(name)).toHaveLength(4);
  });

  test('a statement outside of any waits for one that changes the same table', async () => {
    const name = await table();
    const first = await held(
      'STATEMENT .*COMMIT',
      `BEGIN TRANSACTION; UPDATE ${name} SET note = 'first' WHERE id = 1; COMMIT TRANSACTION;`,
    );
    const second = await script(`UPDATE ${name} SET note = CONCAT(note, '+') WHERE id = 1`);
    await first.release();
    expect([...(await first.ended()), await second.ended()]).toEqual(['done', 'done']);
    expect(await notes(name)).toEqual(['1first+', '2b']);
  });

  test('no permanent table is made or altered in one, and none is nested', async () => {
    const name = await table();
    const ddl = await script(`BEGIN TRANSACTION; CREATE TABLE d.new (id INT64); COMMIT TRANSACTION;`);
    expect(await ddl.ended()).toContain('DDL statements are not supported in a transaction');
    const nested = await script('BEGIN TRANSACTION; BEGIN TRANSACTION;');
    expect(await nested.ended()).toContain('not supported in a transaction');
    expect(await (await script('COMMIT TRANSACTION')).ended()).toContain('no active transaction');
    expect(await notes(name)).toEqual(['1a', '2b']);
  });
});

describe('statements', () => {
  test('MERGE inserts and updates, and refuses several source rows for one of the target', async () => {
    const name = await table();
    const merge = (source: string) =>
      `MERGE ${name} t USING (${source}) s ON t.id = s.id
       WHEN MATCHED THEN UPDATE SET note = s.note WHEN NOT MATCHED THEN INSERT (id, note) VALUES (s.id, s.note)`;
    await run(merge(`SELECT 2 AS id, 'x' AS note UNION ALL SELECT 3, 'y'`));
    expect(await notes(name)).toEqual(['1a', '2x', '3y']);
    await expect(run(merge(`SELECT 1 AS id, 'x' AS note UNION ALL SELECT 1, 'y'`))).rejects.toMatchObject({
      errors: [{ reason: 'invalidQuery', message: expect.stringContaining('at most one source row') }],
    });
    expect(await notes(name)).toEqual(['1a', '2x', '3y']);
  });

  test('parameters have their types, arrays too', async () => {
    const name = await table();
    await run(`UPDATE ${name} SET note = @note WHERE id IN UNNEST(@ids)`, { note: "it's; --", ids: [1, 7] });
    expect(await notes(name)).toEqual(["1it's; --", '2b']);
    await expect(run(`SELECT @missing`)).rejects.toThrow('missing');
    const [row] = await run('SELECT @day AS day, @at AS at', {
      day: google.bigquery.date('2024-02-29'),
      at: google.bigquery.timestamp('2024-02-29T01:02:03.000004Z'),
    });
    expect([row?.['day'].value, row?.['at'].value]).toEqual(['2024-02-29', '2024-02-29T01:02:03.000004000Z']);
  });

  test('what a required column or a NUMERIC(6, 2) cannot hold is refused', async () => {
    const name = await table();
    await expect(run(`UPDATE ${name} SET id = NULL WHERE id = 1`)).rejects.toThrow('cannot be null');
    await expect(run(`UPDATE ${name} SET price = 12345.6 WHERE id = 1`)).rejects.toThrow();
    expect(await notes(name)).toEqual(['1a', '2b']);
  });

  test('a name alone that is a table of the statement is refused: BigQuery takes it for the whole row', async () => {
    const name = await table();
    const merge = (alias: string) =>
      `MERGE ${name} ${alias} USING (SELECT 1 AS id) s ON ${alias}.id = s.id WHEN MATCHED THEN UPDATE SET note = 'x'`;
    await expect(run(merge('note'))).rejects.toMatchObject({ errors: [{ reason: 'notImplemented' }] });
    await expect(run(`SELECT Note FROM ${name} AS note`)).rejects.toThrow('Note alone');
    await run(merge('t'));
    expect(await notes(name)).toEqual(['1x', '2b']);
  });

  test('UPDATE and DELETE want a WHERE, and errors of a query have their reasons', async () => {
    const name = await table();
    await expect(run(`DELETE FROM ${name}`)).rejects.toThrow('must have a WHERE clause');
    await expect(run('SELEC 1')).rejects.toMatchObject({ code: 400, errors: [{ reason: 'invalidQuery' }] });
    await expect(run('SELECT * FROM d.nothing')).rejects.toMatchObject({
      code: 404,
      errors: [{ reason: 'notFound' }],
    });
    await expect(run('DECLARE x INT64 DEFAULT 1')).rejects.toMatchObject({
      errors: [{ reason: 'notImplemented' }],
    });
    await expect(run(`SELECT '${'x'.repeat(1 << 20)}'`)).rejects.toMatchObject({
      errors: [{ reason: 'invalid', message: expect.stringContaining('too large') }],
    });
  });

  test('rows come in pages, and every type in its form', async () => {
    const [rows] = await google.bigquery.query({
      query: 'SELECT n FROM UNNEST(GENERATE_ARRAY(1, 25)) AS n ORDER BY n',
      maxResults: 10,
    });
    expect(rows).toHaveLength(25);
    const [row] = await run(
      `SELECT TRUE AS b, 1.5 AS f, CAST('12.30' AS NUMERIC) AS n, DATE '0001-01-01' AS d,
              DATETIME '9999-12-31 23:59:59.999999' AS dt, TIME '01:02:03' AS t, CAST(NULL AS STRING) AS z, '' AS e`,
    );
    expect(JSON.parse(JSON.stringify(row))).toEqual({
      b: true,
      f: 1.5,
      n: '12.3',
      d: { value: '0001-01-01' },
      dt: { value: '9999-12-31T23:59:59.999999' },
      t: { value: '01:02:03' },
      z: null,
      e: '',
    });
  });
});
