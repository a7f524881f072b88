import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'states-'));
const file = join(folder, 'file');
writeFileSync(file, '');
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  [[], 'expected --port from 0 to 65535, got none'],
  [['--port', '8e3'], 'got 8e3'],
  [['--port', '0', '--lambda-endpoint', 'localhost:9001'], 'expected --lambda-endpoint to be a URL'],
  [['--port', '0', '--data', file], "can't be opened"],
  [['--port', '0', '--verbose'], "Unknown option '--verbose'"],
])('the command refuses %j', (args, reason) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['local/states/main.ts', ...args], {
    encoding: 'utf8',
  });
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toContain(reason);
  expect(stderr).toContain('usage: npm run --silent states -- --port N');
});
