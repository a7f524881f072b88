import '../tasks/handlers/environment.ts';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'tidegate-command-line-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('before it is installed, it says how to', () => {
  const script = join(folder, 'tidegate');
  copyFileSync('tidegate', script);
  const { status, stderr } = spawnSync(script, ['check'], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([1, 'Tidegate is not installed yet: run make install.\n']);
});

test.each([
  [
    ['check', 'package.json'],
    'package.json:1:1: expected a folder of datasets, found a file. Name the folder',
  ],
  [['plan', folder], `tidegate plan: ${folder}: expected a file, found a folder. Name the files in it.`],
  [
    ['upload', 'flights', 'package.json'],
    '. No service answers there; on this machine, `make up` starts them.',
  ],
])('%j fails by a message, and no stack trace', (args, message) => {
  const { status, stderr } = spawnSync(process.execPath, ['cli/tidegate.ts', ...args], {
    encoding: 'utf8',
    env: { ...process.env, AWS_ENDPOINT_URL: 'http://127.0.0.1:1' },
  });
  expect(status).toBe(1);
  expect(stderr).toContain(message);
  expect(stderr).not.toMatch(/^ +at /m);
});

test('a plan is what the documentation shows', () => {
  const [, command = '', shown = ''] =
    /^\.\/tidegate (plan --rows .*)\n```\n\n```\n([^`]*)\n```/m.exec(
      readFileSync('docs/sizing.md', 'utf8'),
    ) ?? [];
  const { stdout } = spawnSync(process.execPath, ['cli/tidegate.ts', ...command.split(' ')], {
    encoding: 'utf8',
  });
  const lines = shown.split('\n').filter((line) => line.trim() !== '...');
  expect(lines.length).toBeGreaterThan(5);
  expect(stdout.split('\n')).toEqual(expect.arrayContaining(lines));
});

test.each([['--help'], ['check none'], ['plan --jsonl']])('%s ends quietly when nobody reads on', (args) => {
  const command = `{ yes '{}' | head -n 9 | ${process.execPath} cli/tidegate.ts ${args} 2>&1; echo $? >&2; } | true`;
  const { stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
  expect(stderr).toBe('141\n');
});

test.each([[['plan', 's3://source/a.csv']], [['runs', 'flights']]])(
  '%j without a region says how to set one',
  (args) => {
    const { AWS_REGION: _, ...env } = process.env;
    const nowhere = { AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' };
    const { status, stderr } = spawnSync(process.execPath, ['cli/tidegate.ts', ...args], {
      encoding: 'utf8',
      env: { ...env, ...nowhere },
    });
    expect([status, stderr]).toEqual([
      1,
      `tidegate ${args[0]}: No AWS region is set: export AWS_REGION, or run \`aws configure\`.\n`,
    ]);
  },
);
