import { setTimeout as pause } from 'node:timers/promises';
import type { Column, ColumnType } from '../../../tasks/core/contract.ts';
import { tableOf } from '../../../tasks/deliver/tables.ts';
import { callLog } from '../../fakes/failing.ts';
import { contract, DeliveryWorld, type Run, runOf } from './delivery-world.ts';
import { expectDelivered, expectedRows, prepared, scenario, sorted } from './fault-suite.ts';
import type { Implementation } from './implementations.ts';

/** What a delivery does, whatever the warehouse and the part store are implemented on. */
export function deliveryBehaviour(implementation: Implementation): void {
  beforeAll(() => implementation.start());
  afterAll(() => implementation.stop());
  const worldWith = async (...runs: Run[]) => {
    const world = new DeliveryWorld(await implementation.fresh());
    world.put(...runs);
    return world;
  };

  describe(`a delivery, ${implementation.name}`, () => {
    test.each(['merge', 'append', 'replace'] as const)(
      'brings each row in its greatest form, what is owed too, and says what it did: %s',
      async (mode) => {
        const of = scenario(mode);
        const world = await prepared(implementation, of);
        const answer = await world.execute(of.run, of.owed);
        await expectDelivered(world, of);
        const superseded = mode === 'merge' ? 1 : 0;
        expect(answer).toMatchObject({
          rows: { staged: 4, applied: 4 - superseded, superseded },
          owedDelivered: ['R2'],
          refused: [],
        });
        expect(answer.bytes.estimated).toBeGreaterThan(0);
        expect(answer.bytes.read).toBeGreaterThan(0);
      },
    );

    test.each(['merge', 'append', 'replace'] as const)(
      'columns may have any name that a contract may give: %s',
      async (mode) => {
        const renamed: Record<string, string> = { day: 'select', id: 't', note: 's', version: 'n' };
        const plain = contract({ write: { mode, orderBy: null }, ...(mode !== 'merge' && { key: [] }) });
        const columns = plain.columns.map((column) => ({ ...column, name: renamed[column.name] ?? '' }));
        const of = {
          ...plain,
          columns,
          key: plain.key.map((name) => renamed[name] ?? ''),
          partitionBy: ['select'],
        };
        const runs = ['R1', 'R2'].map((id, at): Run => {
          const run = runOf(id, [
            [1, 1, id, at],
            [2 + at, 2, id, at],
          ]);
          const rows = run.rows.map((row) =>
            Object.fromEntries(Object.entries(row).map(([name, value]) => [renamed[name] ?? name, value])),
          );
          return { ...run, contract: of, rows: rows as Run['rows'] };
        });
        const world = await worldWith(...runs);
        for (const run of runs) await world.execute(run);
        expect(sorted(await world.google.rowsOf(of))).toEqual(expectedRows(...runs));
      },
    );

    test('again it changes nothing', async () => {
      const of = scenario('merge');
      const world = await prepared(implementation, of);
      const first = await world.execute(of.run, of.owed);
      expect(await world.execute(of.run, of.owed)).toEqual(first);
      await expectDelivered(world, of);
    });

    test('what is owed is looked at until it is delivered, and no more', async () => {
      const owed = ['R1', 'R2', 'R3', 'R4'].map((id, at) => runOf(id, [[1, at, id, at]]));
      const run = runOf('R5', [[1, 9, 'own', 1]]);
      const world = await worldWith(...owed, run);
      const log = callLog();
      const { owedDelivered } = await world.execute(run, owed, log);
      expect(owedDelivered).toEqual(['R1', 'R2', 'R3', 'R4']);
      expect(log.calls.filter((call) => call.startsWith('ledgerRows'))).toHaveLength(5);
      const afterFirst = log.calls.slice(log.calls.findIndex((call) => call.startsWith('ledgerRows')));
      expect(afterFirst.filter((call) => call.includes('-R1-'))).toEqual([]);
    });

    test('another attempt of a run is delivered as that run', async () => {
      const run = runOf('R1', [[1, 1, 'a', 1]]);
      const second = { ...run, attempt: 2 };
      const world = await worldWith(run, second);
      await world.execute(run);
      await world.execute(second);
      expect(sorted(await world.google.rowsOf(run.contract))).toEqual(expectedRows(run));
      expect(await world.google.ledgerRuns(run.contract)).toEqual(['R1']);
    });

    test.each(['merge', 'append', 'replace'] as const)(
      'runs that deliver the same keys at once come to one table, whoever is first: %s',
      async (mode) => {
        const changes = {
          contract: contract({ write: { mode, orderBy: null }, ...(mode !== 'merge' && { key: [] }) }),
        };
        const runs = ['R1', 'R2', 'R3'].map((id, at) =>
          runOf(
            id,
            [
              [1, 1, id, at],
              [1, 2, id, at],
              [at + 2, 3 + at, id, at],
            ],
            changes,
          ),
        );
        const world = await worldWith(...runs);
        await implementation.slowMerges();
        await Promise.all(runs.map((run) => world.execute(run)));
        expect(sorted(await world.google.rowsOf(changes.contract))).toEqual(expectedRows(...runs));
        expect((await world.google.ledgerRuns(changes.contract)).toSorted()).toEqual(['R1', 'R2', 'R3']);
      },
    );

    test('two executions that deliver the same run at once deliver it once', async () => {
      const run = runOf('R1', [
        [1, 1, 'a', 1],
        [2, 2, 'b', 1],
      ]);
      const world = await worldWith(run);
      const answers = await Promise.all([world.execute(run), world.execute(run)]);
      expect(answers.map(({ rows }) => rows.applied)).toEqual([2, 2]);
      expect(sorted(await world.google.rowsOf(run.contract))).toEqual(expectedRows(run));
      expect(await world.google.ledgerRuns(run.contract)).toEqual(['R1']);
    });

    test.each(['append', 'replace'] as const)(
      'a replay takes away what its contract now rejects, also when the older run comes later: %s',
      async (mode) => {
        const changes = {
          contract: contract({ key: [], write: { mode, orderBy: null } }),
          uploadId: 'u',
        };
        const first = runOf(
          'R1',
          [
            [1, 1, 'a', 1],
            [1, 2, 'bad', 1],
          ],
          changes,
        );
        const replay = runOf('R2', [[1, 1, 'a', 1]], changes);
        const none = runOf('R3', [], { ...changes, uploadId: 'u' });
        for (const order of [
          [first, replay],
          [replay, first],
        ]) {
          const world = await worldWith(first, replay);
          for (const run of order) await world.execute(run);
          expect(sorted(await world.google.rowsOf(changes.contract))).toEqual(sorted(replay.rows));
        }
        const world = await worldWith(first, replay);
        world.put(none);
        for (const run of [first, none, replay]) await world.execute(run);
        expect(await world.google.rowsOf(changes.contract)).toEqual([]);
      },
    );

    test('rows of a key column that is null lose to any, and equal values keep one row', async () => {
      const older = runOf('R1', [
        [1, 1, 'known', 1],
        [1, 2, 'unknown', null],
      ]);
      const newer = runOf('R2', [
        [1, 1, 'unknown', null],
        [1, 2, 'unknown', null],
      ]);
      const world = await worldWith(older, newer);
      await world.execute(older);
      const { rows } = await world.execute(newer);
      expect(rows).toEqual({ staged: 2, applied: 1, superseded: 1 });
      expect(sorted(await world.google.rowsOf(older.contract))).toEqual(expectedRows(older, newer));
    });

    test('a run without rows is delivered at once', async () => {
      const run = runOf('R1', []);
      const world = await worldWith(run);
      expect(await world.steps(run)()).toMatchObject({ done: true, rows: { staged: 0 } });
    });

    test('columns that the contract gained are added, decimals widened, and older rows keep theirs', async () => {
      const wide = contract();
      const price = { ...wide.columns[2], name: 'price', source: 'price' };
      const decimal = (precision: number) => ({
        ...price,
        type: { kind: 'decimal' as const, precision, scale: 2 },
      });
      const withPrice = (precision: number) =>
        contract({ columns: [...wide.columns, decimal(precision) as never] });
      const first = runOf('R1', [[1, 1, 'a', 1]]);
      const second = { ...runOf('R2', [[1, 2, 'b', 1]]), contract: withPrice(6) };
      const third = { ...runOf('R3', [[1, 3, 'c', 1]]), contract: withPrice(9) };
      for (const row of second.rows) row['price'] = '1234.56';
      for (const row of third.rows) row['price'] = '1234567.89';
      const world = await worldWith(first, second, third);
      for (const run of [first, second, third]) await world.execute(run);
      const prices = (await world.google.rowsOf(wide))
        .map((row) => `${row['id']} ${row['price'] ?? null}`)
        .toSorted();
      expect(prices).toEqual(['1 null', '2 1234.56', '3 1234567.89']);
      // An older run, delivered now under its own contract, goes into the table as it has become.
      const late = { ...runOf('R2b', [[1, 4, 'd', 1]]), contract: withPrice(6) };
      for (const row of late.rows) row['price'] = '1.00';
      world.put(late);
      expect((await world.execute(late)).rows.applied).toBe(1);
      const fields = await world.google.warehouse.tableFields({
        dataset: world.google.datasetName,
        table: 'flights',
      });
      expect(fields?.find(({ name }) => name === 'price')).toMatchObject({ precision: '9', scale: '2' });
    });

    test('a row that takes the place of another has nothing in a column that its own contract lacks', async () => {
      const plain = contract();
      const added = { ...plain.columns[2], name: 'added', source: 'added', required: false };
      const more = contract({ columns: [...plain.columns, added as never] });
      const first = { ...runOf('R1', [[1, 1, 'a', 1]]), contract: more };
      for (const row of first.rows) row['added'] = 'of the first';
      const second = runOf('R2', [[1, 1, 'b', 2]]);
      for (const order of [
        [first, second],
        [second, first],
      ]) {
        const world = await worldWith(first, second);
        for (const run of order) await world.execute(run);
        const rows = await world.google.rowsOf(plain);
        expect(rows.map((row) => [row['note'], row['added'] ?? null])).toEqual([['b', null]]);
      }
    });

    test('columns that contradict the table are refused before anything is written', async () => {
      const run = runOf('R1', [[1, 1, 'a', 1]]);
      const other = contract();
      for (const column of other.columns) if (column.name === 'note') column.type = { kind: 'integer' };
      const bad = { ...runOf('R2', [[1, 2, null, 1]]), contract: other };
      const world = await worldWith(run, bad);
      await world.execute(run);
      await expect(world.execute(bad)).rejects.toMatchObject({
        name: 'ContractIncompatible',
        message: expect.stringContaining('note is STRING in the table and INT64 in the contract'),
      });
      expect(await world.google.ledgerRuns(run.contract)).toEqual(['R1']);
    });

    test('a table that was deleted and not its ledger is not made anew with some of its rows', async () => {
      const before = runOf('R1', [[1, 1, 'a', 1]]);
      const run = runOf('R2', [[1, 2, 'b', 1]]);
      const world = await worldWith(before, run);
      const { table } = run.contract;
      await world.execute(before);
      await world.google.drop(table);
      await expect(world.execute(run)).rejects.toMatchObject({
        name: 'TableGone',
        message: expect.stringContaining(`${table} does not exist`),
      });
      await world.google.drop(`${table}__ledger`);
      await world.execute(run);
      expect(sorted(await world.google.rowsOf(run.contract))).toEqual(expectedRows(run));
    });

    test('rows that are not those of the manifest are rolled back whole, and a redrive tries again', async () => {
      const before = runOf('R1', [[1, 1, 'a', 1]]);
      const run = runOf('R2', [
        [1, 1, 'b', 2],
        [1, 2, 'b', 1],
      ]);
      const world = await worldWith(before, run);
      await world.execute(before);
      const key = 'runs/flights/R2/attempts/1/manifest.json';
      const manifest = JSON.parse(String(await world.objects.read({ bucket: 'destination', key })));
      const whole = structuredClone(manifest);
      manifest.rows.current = 3;
      world.objects.put('destination', key, JSON.stringify(manifest));
      await expect(world.execute(run)).rejects.toMatchObject({
        name: 'DeliveryMismatch',
        message: expect.stringContaining('the staging table does not hold the rows of the change set'),
      });
      expect(sorted(await world.google.rowsOf(run.contract))).toEqual(expectedRows(before));
      world.objects.put('destination', key, JSON.stringify(whole));
      await world.execute(run);
      expect(sorted(await world.google.rowsOf(run.contract))).toEqual(expectedRows(before, run));
    });

    test('a load of a file that is gone fails the run with what BigQuery says, and a redrive loads again', async () => {
      const run = runOf('R1', [[1, 1, 'a', 1]]);
      const world = await worldWith(run);
      await expect(untilDone(world.steps(run))).rejects.toMatchObject({
        name: 'LoadFailed',
        message: expect.stringContaining('tidegate-flights-R1-1-load-1 failed: notFound'),
      });
      await world.execute(run);
      expect(sorted(await world.google.rowsOf(run.contract))).toEqual(expectedRows(run));
    });

    test.each([
      ['accessDenied', 'PermissionMissing'],
      ['invalid', 'LoadFailed'],
    ])('a load that BigQuery ends with %s is %s, and a redrive loads again', async (reason, name) => {
      const run = runOf('R1', [[1, 1, 'a', 1]]);
      const world = await worldWith(run);
      await implementation.failNextLoad(reason);
      await expect(world.execute(run)).rejects.toMatchObject({
        name,
        message: expect.stringContaining(`tidegate-flights-R1-1-load-1 failed: ${reason}: `),
      });
      await world.execute(run);
      expect(sorted(await world.google.rowsOf(run.contract))).toEqual(expectedRows(run));
    });

    test('the table is parted, clustered, keyed, labelled and described as the contract says', async () => {
      expect(tableOf(contract({ description: 'Departures.' }))).toMatchObject({
        description: 'Departures.',
        labels: { tidegate_dataset: 'flights' },
        partitionField: 'day',
        clusterFields: ['id'],
        primaryKey: ['day', 'id'],
      });
      expect(tableOf(contract({ key: [], partitionBy: ['note'] }))).toMatchObject({
        clusterFields: ['note', '_upload_id'],
      });
      const withKey = (...columns: Column[]) =>
        tableOf(contract({ columns, key: columns.map(({ name }) => name), partitionBy: [] }));
      const column = (name: string, type: ColumnType) => ({
        ...(contract().columns[0] as Column),
        name,
        type,
      });
      for (const type of [{ kind: 'time' }, { kind: 'decimal', precision: 5, scale: 0 }] as const)
        expect(withKey(column('a', type)).primaryKey).toEqual([]);
      const many = Array.from({ length: 17 }, (_, index) => column(`c${index}`, { kind: 'integer' }));
      expect(withKey(...many).primaryKey).toEqual([]);
      expect(withKey(...many.slice(1)).primaryKey).toHaveLength(16);
      const run = runOf('R1', [[1, 1, 'a', 1]]);
      const world = await worldWith(run);
      await world.execute(run);
      const fields = await world.google.warehouse.tableFields({
        dataset: world.google.datasetName,
        table: 'flights',
      });
      expect(fields?.map(({ name, mode, description }) => [name, mode, description]).slice(0, 3)).toEqual([
        ['day', 'REQUIRED', 'The day.'],
        ['id', 'REQUIRED', 'The id.'],
        ['note', 'NULLABLE', 'The note.'],
      ]);
    });
  });
}

async function untilDone(step: () => Promise<{ done: boolean }>): Promise<void> {
  while (!(await step()).done) await pause(1);
}
