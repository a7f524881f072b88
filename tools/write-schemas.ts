import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, schemas } from './schemas.ts';

/** Writes `spark/schemas`: run after a schema of tasks/core changed that the Spark job has a part in. */
const folder = join(import.meta.dirname, '..', 'spark', 'schemas');
mkdirSync(folder, { recursive: true });
for (const [name, schema] of Object.entries(schemas)) {
  writeFileSync(join(folder, `${name}.schema.json`), format(schema));
}
