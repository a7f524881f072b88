import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createTableOfState } from '../../../local/stack/state-table.ts';
import { DynamoStateTable } from '../../../tasks/adapters/dynamo-state-table.ts';
import { WriteConflict } from '../../../tasks/core/ports.ts';
import { emulated, startMoto } from '../../fakes/moto.ts';

let moto: Awaited<ReturnType<typeof startMoto>>;

beforeAll(async () => {
  moto = await startMoto();
});

afterAll(() => moto.stop());

test('a transaction that is refused takes back nothing that others wrote meanwhile', async () => {
  const client = new DynamoDBClient({ ...emulated(moto.endpoint), maxAttempts: 1 });
  await client.send(createTableOfState('state'));
  const table = new DynamoStateTable(DynamoDBDocumentClient.from(client), 'state');
  const put = (sk: string) => ({ key: { pk: 'one', sk }, item: { sk }, expectedVersion: null });
  await table.write([put('there')]);
  const names = Array.from({ length: 60 }, (_, index) => `written-${String(index).padStart(3, '0')}`);
  await Promise.all(
    names.flatMap((sk) => [
      table.write([put(sk)]),
      expect(table.write([put(`beside-${sk}`), put('there')])).rejects.toBeInstanceOf(WriteConflict),
    ]),
  );
  const found = await table.query('one', '', 1000);
  expect(found.map(({ key }) => key.sk)).toEqual(['there', ...names]);
});
