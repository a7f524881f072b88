import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const TASKS = path.join(import.meta.dirname, '../../tasks');
const GOOGLE = /from '(@google-cloud\/[^']+|google-auth-library|gaxios)'/g;

const sources = readdirSync(TASKS, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.ts'),
);
const importsOf = (name: string): string[] =>
  [...readFileSync(path.join(TASKS, name), 'utf8').matchAll(GOOGLE)].map(([, from = '']) => from);

test('only the adapters import a Google client', () => {
  const importing = sources.filter((name) => importsOf(name).length > 0).toSorted();
  expect(importing).toEqual([
    'adapters/bigquery-warehouse.ts',
    'adapters/gcs-part-store.ts',
    'adapters/google-client.ts',
  ]);
});

test('and only the handlers of the delivery import those', () => {
  const adapters = /from '\.\.\/adapters\/(bigquery-warehouse|gcs-part-store|google-client)\.ts'/;
  const importing = sources.filter((name) => adapters.test(readFileSync(path.join(TASKS, name), 'utf8')));
  expect(importing.toSorted()).toEqual(['copy-parts/handler.ts', 'deliver/handler.ts']);
});
