import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../../local/stack/places.ts';

it('`make down` removes the temporary files that killed Spark programs left', () => {
  const stack = mkdtempSync(join(tmpdir(), 'stack-'));
  try {
    const left = join(stack, 'scratch/program-a/artifacts');
    mkdirSync(left, { recursive: true });
    writeFileSync(join(left, 'file'), '');
    execFileSync(process.execPath, [join(ROOT, 'local/stack/main.ts'), 'down'], {
      env: { ...process.env, TIDEGATE_STACK_FOLDER: stack },
    });
    expect(existsSync(join(stack, 'scratch'))).toBe(false);
  } finally {
    rmSync(stack, { recursive: true, force: true });
  }
});
