import '../tasks/handlers/environment.ts';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { planFiles } from '../../cli/planning/plan-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidegate-plan-files-'));
afterAll(() => rmSync(folder, { recursive: true }));
const PLAIN = { json: false, learned: false };

test('an empty file is not planned for: nothing would be loaded', async () => {
  const file = join(folder, 'empty.csv');
  writeFileSync(file, '');
  await expect(planFiles([file], PLAIN)).rejects.toThrow(
    `${file} is empty: Tidegate does not load empty files.`,
  );
  mockClient(S3Client).on(HeadObjectCommand).resolves({ ContentLength: 0 });
  const uri = 's3://source/flights/a.csv';
  await expect(planFiles([uri], PLAIN)).rejects.toThrow(
    `${uri} is empty: Tidegate does not load empty files.`,
  );
});

test('a compressed file is known by its ending as the workflow knows it, in small letters or capitals', async () => {
  const file = join(folder, 'A.CSV.GZ');
  writeFileSync(file, gzipSync(`id,note\n${'1,x\n'.repeat(500)}`));
  expect(await planFiles([file], PLAIN)).toContain(' 500 rows of 2 columns');
});

test('without a contract the promise is that of one which promises nothing', async () => {
  expect(await planFiles([], { ...PLAIN, rows: '9', bytes: '99' })).toContain('the promise of 60.0 min');
});

test.each(['', ' ', '0x10', '-1', '1,000', 'many'])('"%s" is no number of rows', async (rows) => {
  await expect(planFiles([], { ...PLAIN, rows, bytes: '99' })).rejects.toThrow(
    `--rows: expected a number such as 1500000 or 1.5e6, found "${rows}".`,
  );
});

test('of many files no more is read than of a few', async () => {
  const file = join(folder, 'long.csv');
  writeFileSync(file, `id,note\n${'1,some text\n'.repeat(340_000)}`);
  const plan = await planFiles(
    Array.from({ length: 128 }, () => file),
    { ...PLAIN, json: true },
  );
  const { estimate } = JSON.parse(plan).workload;
  expect(estimate.reads * 64 * 1024).toBeLessThanOrEqual(256 * 1024 * 1024);
  expect(estimate.rows.value / (128 * 340_000)).toBeCloseTo(1, 2);
});

describe('the contract', () => {
  const file = join(folder, 'a.csv');
  beforeAll(() => writeFileSync(file, 'id;note\n1;x\n'));
  afterEach(() => jest.restoreAllMocks());
  const datasets = (at: string) =>
    jest.replaceProperty(process, 'env', { ...process.env, TIDEGATE_DATASETS: at });

  test('that nothing names is told to be wanting', async () => {
    const told =
      'Read without a contract, as UTF-8 with commas and a header; --dataset NAME uses the one in datasets/NAME.';
    expect(await planFiles([file], PLAIN)).toContain(told);
    expect(JSON.parse(await planFiles([file], { ...PLAIN, json: true })).explanation).toContain(told);
    expect(await planFiles([file], { ...PLAIN, dataset: 'flights' })).not.toContain(
      'Read without a contract',
    );
    expect(await planFiles([], { ...PLAIN, rows: '9', bytes: '99' })).not.toContain(
      'Read without a contract',
    );
  });

  test('that holds is told, and is that of one dataset', async () => {
    expect(await planFiles([file], { ...PLAIN, dataset: 'flights' })).toMatch(
      /\nBy the contract of datasets\/flights\.$/,
    );
    const of = (dataset: string): string => {
      mkdirSync(join(folder, 'two', dataset), { recursive: true });
      const copy = join(folder, 'two', dataset, 'a.csv');
      writeFileSync(copy, 'id;note\n1;x\n');
      return copy;
    };
    await expect(planFiles([of('flights'), of('weather')], PLAIN)).rejects.toThrow(
      'expected files of one dataset, found some of flights and some of weather.',
    );
  });

  test('is looked for in the folder of datasets', async () => {
    datasets(folder);
    await expect(planFiles([file], { ...PLAIN, dataset: 'flights' })).rejects.toThrow(
      `There is no folder ${folder}/flights here. Check the name; TIDEGATE_DATASETS names another folder of datasets.`,
    );
    mkdirSync(join(folder, 'empty'));
    await expect(planFiles([file], { ...PLAIN, dataset: 'empty' })).rejects.toThrow(
      `${folder}/empty has no valid contract; \`tidegate check\` says why.`,
    );
  });
});
