import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
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
