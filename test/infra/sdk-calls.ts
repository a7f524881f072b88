import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { entryFile } from '../../tasks/bundling.ts';
import type { FunctionName } from '../../tasks/functions.ts';

const adapters = join(import.meta.dirname, '../../tasks/adapters');

/** The ports that are AWS's: the name that the tasks know each by, who makes it, and where it is implemented. */
const ports = [
  { port: 'objects', madeBy: 's3ObjectStore', file: 's3-object-store.ts' },
  { port: 'table', madeBy: 'dynamoStateTable', file: 'dynamo-state-table.ts' },
  { port: 'clusters', madeBy: 'emrClusters', file: 'emr-clusters.ts' },
  { port: 'jobRuns', madeBy: 'glueJobRuns', file: 'glue-job-runs.ts' },
  { port: 'executions', madeBy: 'sfnExecutions', file: 'sfn-executions.ts' },
  { port: 'notices', madeBy: 'SnsNotices', file: 'sns-notices.ts' },
];

/**
 * The API calls that a function can make: those behind each method of a port that is named in what is left of its code
 * when all that it cannot reach was shaken off.
 */
export async function sdkCalls(name: FunctionName): Promise<string[]> {
  const code = await reachableCode(name);
  const calls = ports
    .filter(({ madeBy }) => code.includes(`${madeBy}(`))
    .flatMap(({ port, file }) => {
      const methods = methodsOf(readFileSync(join(adapters, file), 'utf8'));
      const used = [...code.matchAll(new RegExp(`\\b${port}\\d*\\.(\\w+)\\(`, 'g'))];
      return used.flatMap(([, method = '']) => callsOf(method, methods, new Set()));
    });
  return [...new Set(calls)].toSorted();
}

async function reachableCode(name: FunctionName): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entryFile(name)],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    external: ['../adapters/*'],
  });
  return outputFiles[0]?.text ?? '';
}

/** The text of each method of the class in a source file, by its name. */
function methodsOf(source: string): Map<string, string> {
  const parts = source.split(/^ {2}(?:async )?(#?\w+)\(/m).slice(1);
  return new Map(
    parts.flatMap((part, index): [string, string][] =>
      index % 2 === 0 ? [[part, parts[index + 1] ?? '']] : [],
    ),
  );
}

function callsOf(method: string, methods: ReadonlyMap<string, string>, seen: Set<string>): string[] {
  const text = methods.get(method);
  if (text === undefined || seen.has(method)) return [];
  seen.add(method);
  const own = [...text.matchAll(/new (\w+)Command\(|\bpaginate(\w+)\(/g)].map(
    ([, one, paged]) => one ?? paged ?? '',
  );
  const inner = [...text.matchAll(/this\.(#?\w+)\(/g)].flatMap(([, next = '']) =>
    callsOf(next, methods, seen),
  );
  return [...own, ...inner];
}
