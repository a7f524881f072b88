import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check } from '../../../cli/commands/check.ts';
import { compile } from '../../../cli/commands/compile.ts';
import { contractSchema } from '../../../tasks/core/contract.ts';

const contractOf = (dataset: string, table: string): string => `apiVersion: v3.1.0
kind: DataContract
id: urn:test:${dataset}
name: ${dataset}
version: 1.0.0
status: active
schema:
  - name: ${table}
    properties:
      - {name: a, logicalType: string}
`;

let folder: string;
let out: string;
let err: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-datasets-'));
  [out, err] = ['', ''];
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += text;
    return true;
  });
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += text;
    return true;
  });
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

function lay(dataset: string, files: Readonly<Record<string, string | Buffer>>): void {
  mkdirSync(join(folder, dataset));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, dataset, name), text);
}

test('check lists the datasets of a folder and what they become', () => {
  lay('one', { 'contract.odcs.yaml': contractOf('one', 'first') });
  lay('_notes', {});
  expect(check.run([folder])).toBe(0);
  expect(out).toBe('one: 1 column, append\n');
});

test('check says what is wrong by file and line, and what is missing', () => {
  lay('one', { 'contract.odcs.yaml': contractOf('one', 'first') });
  lay('two', { 'contract.odcs.yaml': contractOf('two', 'first') });
  lay('zero', {});
  expect(check.run([folder])).toBe(1);
  expect(err.split('\n')).toEqual([
    expect.stringContaining(
      `${folder}/two/contract.odcs.yaml:8:11: schema[0].name: expected a table of its own, found first, which dataset one writes.`,
    ),
    expect.stringContaining(
      `${folder}/zero/contract.odcs.yaml:1:1: expected the contract of the dataset, found none.`,
    ),
    '2 to fix',
    '',
  ]);
});

test('check takes no text that is not UTF-8, and says where it is', () => {
  lay('one', {
    'contract.odcs.yaml': contractOf('one', 'first'),
    'transform.sql': Buffer.from('select *\nfrom upload -- für', 'latin1'),
  });
  lay('two', { 'contract.odcs.yaml': Buffer.from(`# für\n${contractOf('two', 'second')}`, 'latin1') });
  expect(check.run([folder])).toBe(1);
  expect(err).toContain('one/transform.sql:2:1: expected text in UTF-8');
  expect(err).toContain('two/contract.odcs.yaml:1:1: expected text in UTF-8');
});

test('check of the folder of one dataset says to name the folder above', () => {
  lay('one', { 'contract.odcs.yaml': contractOf('one', 'first') });
  expect(check.run([join(folder, 'one')])).toBe(1);
  expect(err).toContain(
    '/one:1:1: expected a folder of datasets, found the folder of one. Name the folder that it is in.',
  );
});

test('check goes to the folder that the environment names', () => {
  lay('one', { 'contract.odcs.yaml': contractOf('one', 'first') });
  jest.replaceProperty(process, 'env', { ...process.env, TIDEGATE_DATASETS: folder });
  expect(check.run([])).toBe(0);
  expect(out).toContain('one: 1 column');
});

test('check says that there is no such folder', () => {
  expect(check.run([join(folder, 'none')])).toBe(1);
  expect(err).toContain('none:1:1: expected a folder of datasets');
});

test('compile writes what the tasks and the job read, with the transformation', async () => {
  lay('one', { 'contract.odcs.yaml': contractOf('one', 'first'), 'transform.sql': 'select * from upload' });
  expect(await compile.run([folder, '--out', join(folder, 'out')])).toBe(0);
  const written = JSON.parse(readFileSync(join(folder, 'out/one/contract.json'), 'utf8'));
  expect(contractSchema.parse(written)).toMatchObject({ table: 'first', transform: 'select * from upload' });
});

test('compile writes nothing where a contract is wrong', async () => {
  lay('one', { 'contract.odcs.yaml': contractOf('one', 'first') });
  lay('two', { 'contract.odcs.yaml': contractOf('two', 'Second') });
  expect(await compile.run([folder, '--out', join(folder, 'out')])).toBe(1);
  expect(() => readFileSync(join(folder, 'out/one/contract.json'))).toThrow('ENOENT');
});
