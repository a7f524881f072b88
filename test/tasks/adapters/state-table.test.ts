import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createTableOfState } from '../../../local/stack/state-table.ts';
import { DynamoStateTable } from '../../../tasks/adapters/dynamo-state-table.ts';
import { type StateTable, WriteConflict } from '../../../tasks/core/ports.ts';
import { MemoryStateTable } from '../../fakes/memory-state-table.ts';
import { emulated, startMoto } from '../../fakes/moto.ts';

const suites: [string, () => Promise<{ table: StateTable; stop(): Promise<void> }>][] = [
  ['in memory', async () => ({ table: new MemoryStateTable(), stop: async () => {} })],
  ['in DynamoDB', startDynamo],
];

describe.each(suites)('the state table %s', (_name, start) => {
  let table: StateTable;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    ({ table, stop } = await start());
  }, 90_000);
  afterAll(() => stop());

  const key = (sk: string, pk = 'dataset#a') => ({ pk, sk });

  test('gives what was written, with its version', async () => {
    expect(await table.get(key('one'))).toBeNull();
    const item = { text: 'ü', list: [1, { deep: null }], flag: true };
    await table.write([{ key: key('one'), item, expectedVersion: null }]);
    expect(await table.get(key('one'))).toEqual({ key: key('one'), item, version: 1 });
    await table.write([{ key: key('one'), item: { text: 'new' }, expectedVersion: 1 }]);
    expect(await table.get(key('one'))).toEqual({ key: key('one'), item: { text: 'new' }, version: 2 });
  });

  test('refuses a write over another version, and then changes nothing at all', async () => {
    await table.write([{ key: key('two'), item: { n: 1 }, expectedVersion: null }]);
    const stale = [
      { key: key('fresh'), item: { n: 1 }, expectedVersion: null },
      { key: key('two'), item: { n: 2 }, expectedVersion: 7 },
    ];
    await expect(table.write(stale)).rejects.toBeInstanceOf(WriteConflict);
    const second = [{ key: key('two'), item: { n: 3 }, expectedVersion: null }];
    await expect(table.write(second)).rejects.toBeInstanceOf(WriteConflict);
    expect(await table.get(key('fresh'))).toBeNull();
    expect((await table.get(key('two')))?.item).toEqual({ n: 1 });
  });

  test('deletes by version', async () => {
    await table.write([{ key: key('three'), item: {}, expectedVersion: null }]);
    const remove = (expectedVersion: number) =>
      table.write([{ key: key('three'), item: null, expectedVersion }]);
    await expect(remove(2)).rejects.toBeInstanceOf(WriteConflict);
    await remove(1);
    expect(await table.get(key('three'))).toBeNull();
  });

  test('queries one partition by prefix, in order, up to a limit', async () => {
    for (const sk of [
      'waiting#c',
      'waiting#\u{1F600}',
      'waiting#a',
      'waiting#b',
      'waiting#\uFF5E',
      'upload#x',
    ]) {
      await table.write([{ key: key(sk, 'dataset#q'), item: {}, expectedVersion: null }]);
    }
    await table.write([{ key: key('waiting#0', 'dataset#other'), item: {}, expectedVersion: null }]);
    const found = await table.query('dataset#q', 'waiting#', 2);
    expect(found.map((item) => item.key.sk)).toEqual(['waiting#a', 'waiting#b']);
    const newest = await table.query('dataset#q', 'waiting#', 2, 'descending');
    expect(newest.map((item) => item.key.sk)).toEqual(['waiting#\u{1F600}', 'waiting#\uFF5E']);
    const all = await table.query('dataset#q', '', 10);
    const inOrder = [
      'upload#x',
      'waiting#a',
      'waiting#b',
      'waiting#c',
      'waiting#\uFF5E',
      'waiting#\u{1F600}',
    ];
    expect(all.map((item) => item.key.sk)).toEqual(inOrder);
  });

  test('lets one of many writers of the same item win', async () => {
    const writes = Array.from({ length: 8 }, (_, n) =>
      table.write([{ key: key('race'), item: { n }, expectedVersion: null }]),
    );
    const outcomes = await Promise.allSettled(writes);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});

async function startDynamo() {
  const moto = await startMoto();
  const client = new DynamoDBClient(emulated(moto.endpoint));
  await client.send(createTableOfState('state'));
  const stop = async (): Promise<void> => {
    client.destroy();
    await moto.stop();
  };
  return { table: new DynamoStateTable(DynamoDBDocumentClient.from(client), 'state'), stop };
}
