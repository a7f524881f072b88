import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const file = join(import.meta.dirname, '../../state-machines/ingest.asl.json');
const text = readFileSync(file, 'utf8');

/** What the deployment must know of the workflow's file. */
export const ingestDefinition = {
  file,
  /** The names N of `${N}`, each once, as they come. */
  placeholders: unique([...text.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name)),
  /** The Resources of all Tasks, also those inside a Map, each once. */
  resources: unique(resourcesIn(JSON.parse(text))),
} as const;

function resourcesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = 'Type' in value && value.Type === 'Task' && 'Resource' in value ? [String(value.Resource)] : [];
  return [...own, ...Object.values(value).flatMap(resourcesIn)];
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
