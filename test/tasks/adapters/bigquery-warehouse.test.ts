import { BigQueryWarehouse } from '../../../tasks/adapters/bigquery-warehouse.ts';
import { type GoogleServices, LOCATION, PROJECT, startGoogleServices } from '../../fakes/google-services.ts';

let google: GoogleServices;

beforeAll(async () => {
  google = await startGoogleServices();
});
afterAll(() => google.stop());

test('what a dataset lets expire by default does not take a table that is to stay, nor its months', async () => {
  const lifetime = String(60 * 24 * 3_600_000);
  await google.bigquery.createDataset('tables', { defaultTableExpirationMs: lifetime } as never);
  await google.bigquery.createDataset('partitions', { defaultPartitionExpirationMs: lifetime } as never);
  const warehouse = new BigQueryWarehouse(google.bigquery, PROJECT, LOCATION);
  const made = async (dataset: string, table: string, more: object) => {
    const fields = [{ name: 'day', type: 'DATE', mode: 'NULLABLE' } as const];
    await warehouse.createTable({ dataset, table }, { fields, ...more });
    const [metadata] = await google.bigquery.dataset(dataset).table(table).getMetadata();
    return { expires: metadata.expirationTime, parted: metadata.timePartitioning };
  };
  const parted = { type: 'MONTH', field: 'day' };
  expect(await made('tables', 'whole', {})).toEqual({});
  expect(await made('tables', 'parted', { partitionField: 'day' })).toEqual({ parted });
  expect(await made('partitions', 'parted', { partitionField: 'day' })).toEqual({ parted });
  const expirationTime = Date.now() + 3_600_000;
  expect(await made('tables', 'staged', { expirationTime })).toEqual({ expires: String(expirationTime) });
});

test('text differs by its case, also in a dataset where by default it does not', async () => {
  await google.bigquery.createDataset('regardless', { defaultCollation: 'und:ci' } as never);
  const warehouse = new BigQueryWarehouse(google.bigquery, PROJECT, LOCATION);
  const fields = [{ name: 'key', type: 'STRING', mode: 'NULLABLE' } as const];
  await warehouse.createTable({ dataset: 'regardless', table: 't' }, { fields });
  const [metadata] = await google.bigquery.dataset('regardless').table('t').getMetadata();
  expect(metadata.defaultCollation).toBe('');
});
