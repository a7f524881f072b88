import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, schemas } from '../../../tools/schemas.ts';

const folder = join(import.meta.dirname, '..', '..', '..', 'spark', 'schemas');

test.each(Object.entries(schemas))('the JSON Schema of %s is the one that the code has', (name, schema) => {
  // `node tools/write-schemas.ts` writes it anew.
  expect(readFileSync(join(folder, `${name}.schema.json`), 'utf8')).toBe(format(schema));
});
