import { Readable } from 'node:stream';
import type { JobStatus } from '../../../tasks/core/google-ports.ts';
import { stagingOf, tableOf } from '../../../tasks/deliver/tables.ts';
import { contract, runOf } from './delivery-world.ts';
import type { Implementation } from './implementations.ts';

/** What each call of the part store and the warehouse does by itself, whatever they are implemented on. */
export function portBehaviour(implementation: Implementation): void {
  describe(`the part store, ${implementation.name}`, () => {
    const content = Buffer.from('parquet'.repeat(50));
    const opened = async () => Readable.from([content.subarray(0, 100), content.subarray(100)]);
    const fresh = async () => (await implementation.fresh()).parts;
    const begun = async (parts: Awaited<ReturnType<typeof fresh>>, name: string) => {
      const id = await parts.begin(name);
      if (id === null) throw new Error(`${name} is there already`);
      return { id, isNew: true };
    };

    test('tells size and checksum of what it received, and of nothing nothing', async () => {
      const parts = await fresh();
      expect(await parts.head('a/part-0')).toBeNull();
      const sent = await parts.send('a/part-0', await begun(parts, 'a/part-0'), opened, content.length);
      expect(sent).toEqual({ sizeBytes: content.length, crc32c: expect.stringMatching(/^[\w+/]{6}==$/) });
      expect(await parts.head('a/part-0')).toEqual(sent);
    });

    test('leaves what is there as it is', async () => {
      const parts = await fresh();
      const [first, second] = [await begun(parts, 'part'), await begun(parts, 'part')];
      await parts.send('part', first, opened, content.length);
      expect(await parts.begin('part')).toBeNull();
      const other = async () => Readable.from([Buffer.alloc(content.length, 'x')]);
      expect(await parts.send('part', second, other, content.length)).toBeNull();
      expect(await parts.head('part')).toMatchObject({ sizeBytes: content.length });
    });

    test('goes on with an upload that broke off, which is no object until it is whole', async () => {
      const parts = await fresh();
      const session = await begun(parts, 'part');
      const breaking = async () =>
        Readable.from(
          (async function* () {
            yield content.subarray(0, 100);
            throw new Error('the source broke off');
          })(),
        );
      await expect(parts.send('part', session, breaking, content.length)).rejects.toThrow('broke off');
      expect(await parts.head('part')).toBeNull();
      const whole = await parts.send('part', { ...session, isNew: false }, opened, content.length);
      expect(whole).toMatchObject({ sizeBytes: content.length });
    });

    test('knows no session that is over', async () => {
      const parts = await fresh();
      const { id } = await begun(parts, 'part');
      const unknown = { id: `${id}-unknown`, isNew: true };
      expect(await parts.send('part', unknown, opened, content.length)).toBe('expired');
    });

    test('deletes what is there, and minds nothing that is not', async () => {
      const parts = await fresh();
      await parts.send('part', await begun(parts, 'part'), opened, content.length);
      await parts.delete('part');
      await parts.delete('part');
      expect(await parts.head('part')).toBeNull();
    });
  });

  describe(`the warehouse, ${implementation.name}`, () => {
    const of = contract();
    const rows = runOf('R1', [
      [1, 1, 'a', 1],
      [3, 2, 'b', 1],
    ]).rows;
    const TOMORROW = Date.now() + 86_400_000;

    /** An empty warehouse, with a target, a staging table and one part that is copied. */
    const prepared = async () => {
      const google = await implementation.fresh();
      const { parts, warehouse, datasetName, stagingDatasetName } = google;
      const target = { dataset: datasetName, table: 'flights' };
      const staging = { dataset: stagingDatasetName, table: 'staged' };
      const [part = Buffer.alloc(0)] = google.partsOf([{ contract: of, rows }]);
      const id = (await parts.begin('part')) ?? '';
      await parts.send('part', { id, isNew: true }, async () => Readable.from([part]), part.length);
      await warehouse.createTable(target, tableOf(of));
      await warehouse.createTable(staging, stagingOf(of, TOMORROW));
      const load = (jobId: string, uri = parts.uri('part')) =>
        warehouse.startLoad(jobId, [uri], staging, stagingOf(of, TOMORROW));
      const ended = async (jobId: string): Promise<JobStatus> => {
        for (let polls = 0; polls < 2000; polls += 1) {
          const status = await warehouse.job(jobId);
          if (status && status.state !== 'RUNNING') return status;
        }
        throw new Error(`job ${jobId} never ends`);
      };
      return { warehouse, target, staging, load, ended };
    };

    test('tells the columns of a table, creates one once, and adds to it', async () => {
      const { warehouse, target } = await prepared();
      expect(await warehouse.tableFields({ ...target, table: 'none' })).toBeNull();
      await warehouse.createTable(target, { fields: [] });
      const fields = (await warehouse.tableFields(target)) ?? [];
      expect(fields.map(({ name }) => name)).toEqual(tableOf(of).fields.map(({ name }) => name));
      await warehouse.setFields(target, [...fields, { name: 'added', type: 'STRING', mode: 'NULLABLE' }]);
      expect((await warehouse.tableFields(target))?.at(-1)).toMatchObject({ name: 'added', type: 'STRING' });
    });

    test('loads once under one id, whatever is asked under it again', async () => {
      const { warehouse, staging, load, ended } = await prepared();
      expect(await warehouse.job('load')).toBeNull();
      expect(await warehouse.rangeOf(staging, 'day')).toBeNull();
      await load('load');
      expect(await ended('load')).toEqual({ state: 'DONE', bytes: expect.any(Number) });
      await load('load', 'gs://nowhere/part');
      expect(await ended('load')).toMatchObject({ state: 'DONE' });
      expect(await warehouse.rangeOf(staging, 'day')).toEqual({
        column: 'day',
        first: '2024-01-01',
        last: '2024-01-03',
      });
    });

    test('burns the id of a load that failed, which loaded nothing', async () => {
      const { warehouse, staging, load, ended } = await prepared();
      await load('load', 'gs://nowhere/part');
      expect(await ended('load')).toMatchObject({ state: 'FAILED', reason: 'notFound' });
      await load('load');
      expect(await ended('load')).toMatchObject({ state: 'FAILED' });
      expect(await warehouse.rangeOf(staging, 'day')).toBeNull();
    });
  });
}
