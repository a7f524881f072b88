import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { LOCAL, python, ROOT } from '../../local/stack/places.ts';
import { up } from '../../local/stack/up.ts';

export default async function startStack(): Promise<void> {
  await up();
  execFileSync(python, [join(ROOT, 'local/demo/samples.py'), join(LOCAL, 'samples')]);
}
