import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

test('docs/failures.md and docs/operating.md say what every declared failure of every state comes to, none a dead end', async () => {
  const { stdout } = await promisify(execFile)('node', [
    path.join(import.meta.dirname, 'main.ts'),
    '--check',
  ]);
  expect(stdout).toMatch(/^[1-9]\d* failures lived through, 0 break a promise$/m);
}, 300_000);
