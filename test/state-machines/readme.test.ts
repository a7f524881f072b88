import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ingest } from './ingest.ts';

const ROOT = join(import.meta.dirname, '../..');

describe('the README', () => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const [, states = ''] = readme.split('Each state of the workflow, and where its work is done:');

  it.each(Object.keys(ingest().States))('says where the work of %s is done', (state) => {
    expect(states).toContain(`\`${state}\``);
  });

  it.each([...readme.matchAll(/\]\(([^)#:]+)[^)]*\)/g)].map(([, target = '']) => target))(
    'points to %s, which is there',
    (target) => {
      expect(existsSync(join(ROOT, target))).toBe(true);
    },
  );
});
