/**
 * Bundles every function as it is deployed, and lists each bundle's size and the time that its import takes.
 * Usage: node tasks/bundle-sizes.ts    (exits with 1 when a bundle is above its limit)
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleFile, bundleFunctions } from './bundling.ts';
import { type FunctionName, functionTable } from './functions.ts';

const KIB = 1024;
const LIMIT_KIB = 1024;
const LIMIT_WITH_GOOGLE_KIB = 1536;
const IMPORTS = 5;
/** Settings that a deployment need not have. The endpoints are given, for then no credentials are asked for. */
const OPTIONAL = new Set(['TIDEGATE_PRICES', 'TIDEGATE_GOOGLE_CREDENTIAL_CONFIG']);

const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-bundles-'));
try {
  await bundleFunctions(folder);
  console.log('function          KiB   limit   import ms (median of 5)');
  for (const name of Object.keys(functionTable) as FunctionName[]) {
    const file = bundleFile(folder, name);
    const source = readFileSync(file, 'utf8');
    const limit =
      source.includes('bigquery.googleapis') || source.includes('storage.googleapis')
        ? LIMIT_WITH_GOOGLE_KIB
        : LIMIT_KIB;
    const size = Buffer.byteLength(source) / KIB;
    const columns = [
      size.toFixed(0).padStart(6),
      String(limit).padStart(8),
      importMs(file).toFixed(0).padStart(8),
    ];
    console.log(`${name.padEnd(15)}${columns.join('')}${size > limit ? '   too large' : ''}`);
    if (size > limit) process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}

/** How long an import takes in a process of its own, with the settings that every function has. */
function importMs(file: string): number {
  const program = `const started = performance.now();
    await import(${JSON.stringify(pathToFileURL(file).href)});
    console.log(performance.now() - started);`;
  const names = [...readFileSync(file, 'utf8').matchAll(/TIDEGATE_[A-Z_]+/g)].map(([name]) => name);
  const settings = Object.fromEntries(
    names.filter((name) => !OPTIONAL.has(name)).map((name) => [name, 'http://127.0.0.1']),
  );
  const times = Array.from({ length: IMPORTS }, () => {
    const ran = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], AWS_REGION: 'eu-central-1', ...settings },
    });
    if (ran.status !== 0) throw new Error(`${file} cannot be imported: ${ran.stderr}`);
    return Number(ran.stdout);
  });
  return times.toSorted((a, b) => a - b)[Math.floor(IMPORTS / 2)] ?? Number.NaN;
}
