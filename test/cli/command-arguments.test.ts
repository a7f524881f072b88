import '../tasks/handlers/environment.ts';
import { spawnSync } from 'node:child_process';
import { commands } from '../../cli/commands/commands.ts';

test.each([
  ['check a b', 'expected nothing after "a", found "b".'],
  ['compile a b --out c', 'expected nothing after "a", found "b".'],
  ['compile', 'expected --out DIR, found none.'],
  ['plan', 'expected a FILE, s3://BUCKET/KEY, --rows and --bytes, or --jsonl; found none.'],
  ['plan --rows 10 --bytes 10 a.csv', 'expected a FILE or --rows and --bytes, not both; found "a.csv".'],
  ['plan --jsonl a.csv', '--jsonl: expected questions on standard input alone, found "a.csv".'],
  ['plan --rows', '--rows: expected a value, found none.'],
  ['plan --rows --bytes 10', '--rows: expected a value, found --bytes.'],
  [
    'plan --rows 10',
    '--bytes: expected a number such as 1500000 or 1.5e6, found none. Give both --rows and --bytes.',
  ],
  ['upload', 'expected DATASET, found none.'],
  ['upload flights', 'expected FILE, found none.'],
  ['upload flights a.csv --wait=5', '--wait: expected no value, found "5".'],
  ['upload flights -a.csv', 'there is no option -a. Write -- before arguments that begin with "-".'],
  ['runs', 'expected DATASET, found none.'],
  ['runs flights weather', 'expected nothing after "flights", found "weather".'],
  ['runs flights --limit 0', '--limit: expected a whole number from 1, found "0".'],
  ['quarantine', 'expected DATASET, found none.'],
  ['quarantine flights u v', 'expected nothing after "u", found "v".'],
  ['mend flights u', 'expected FILE, found none.'],
  ['mend flights u a.csv b.csv', 'expected nothing after "a.csv", found "b.csv".'],
  ['redrive', 'expected RUN, found none.'],
  ['redrive r1 r2', 'expected nothing after "r1", found "r2".'],
  ['replay', 'expected RUN or s3://BUCKET/KEY, found none.'],
  ['replay r1 r2', 'expected nothing after "r1", found "r2".'],
  ['replay r1 --version v', '--version goes with s3://BUCKET/KEY only.'],
  ['backfill flights weather --dry-run', 'expected nothing after "flights", found "weather".'],
  ['adopt flights', 'expected PREFIX, found none.'],
  ['adopt flights old new', 'expected nothing after "old", found "new".'],
  ['adopt flights old --format json', '--format: expected parquet or csv, found "json".'],
])('%s is not understood', async (line, message) => {
  const [name = '', ...args] = line.split(' ');
  const command = await commands[name]?.();
  const refused = { name: 'ArgumentFailure', message };
  await expect((async () => command?.run(args))()).rejects.toMatchObject(refused);
});

const tidegate = (...args: string[]) =>
  spawnSync(process.execPath, ['cli/tidegate.ts', ...args], { encoding: 'utf8' });

test('what is not understood is told with the synopsis', () => {
  const { status, stdout, stderr } = tidegate('redrive', 'r1', 'r2');
  const told =
    'tidegate redrive: expected nothing after "r1", found "r2".\nUsage: tidegate redrive RUN | EXECUTION_ARN [--wait]\n';
  expect([status, stdout, stderr]).toEqual([2, '', told]);
});

test('help of a command is there by either order of words', () => {
  const { status, stdout } = tidegate('help', 'upload');
  expect([status, stdout]).toEqual([0, tidegate('upload', '--help').stdout]);
  expect(stdout).toMatch(/^Usage: tidegate upload DATASET FILE/);
});

const tooWide = (text: string) => text.split('\n').filter((line) => line.length > 80);

test('the list of commands fits a terminal', () => {
  expect(tooWide(tidegate('--help').stdout)).toEqual([]);
});

test.each(Object.keys(commands))('the help of %s fits a terminal', async (name) => {
  const { synopsis = '', help = '' } = (await commands[name]?.()) ?? {};
  expect(tooWide(`Usage: tidegate ${name} ${synopsis}\n\n${help}`)).toEqual([]);
});
