/**
 * Measures how fast parts are copied, against a plain loop over the same loopback, and the memory that a copier takes.
 * Usage: node local/gcs/bench/copy.ts [MiB]    (default: 1024)
 * The copier is the function's bundle, with Node's options that it is deployed with. Each of the two runs some times, in
 * turns, in a process of its own; the best of each counts. Both need a processor, which on a machine with other work
 * they do not always get: there their processor times tell more than the clock does.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleFile, bundleFunctions } from '../../../tasks/bundling.ts';
import { functionTable } from '../../../tasks/functions.ts';

import type { Measured } from './measure.ts';
import { PARALLEL, PARTS } from './parts.ts';

type Contender = 'plain-loop' | 'copier';

const ROUNDS = 4;
const LEAST_RATIO = 0.8;
const MOST_RSS_MIB = 256;

const totalMiB = Number(process.argv[2] ?? 1024);
const program = (name: string): string => join(import.meta.dirname, `${name}.ts`);
await compare();

async function compare(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-bench-'));
  await bundleFunctions(folder);
  const bundle = pathToFileURL(bundleFile(folder, 'CopyParts')).href;
  const server = fork(program('loopback'), [String(totalMiB)]);
  const [url] = await once(server, 'message');
  const runs: Record<Contender, Measured[]> = { 'plain-loop': [], copier: [] };
  const options: Record<Contender, string[]> = {
    'plain-loop': [],
    copier: functionTable.CopyParts.nodeOptions.split(' '),
  };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const name of ['plain-loop', 'copier'] as const) {
      const child = fork(program(name), [String(url), bundle], { execArgv: options[name] });
      const [measured] = await once(child, 'message');
      runs[name].push(measured as Measured);
    }
  }
  server.kill();
  rmSync(folder, { recursive: true });
  const least = (name: Contender, of: 'seconds' | 'cpuSeconds'): number =>
    Math.min(...runs[name].map((run) => run[of]));
  const line = (name: Contender): string =>
    `${(totalMiB / least(name, 'seconds')).toFixed(0)} MiB/s, ${least(name, 'cpuSeconds').toFixed(1)} s of CPU`;
  const ratio = least('plain-loop', 'seconds') / least('copier', 'seconds');
  const cpuRatio = least('plain-loop', 'cpuSeconds') / least('copier', 'cpuSeconds');
  const peak = Math.max(...runs.copier.map(({ peakRssMiB }) => peakRssMiB));
  console.log(`${totalMiB} MiB in ${PARTS} parts, ${PARALLEL} at a time`);
  console.log(`plain loop  ${line('plain-loop')}`);
  console.log(`copier      ${line('copier')}, with its checksum`);
  console.log(`ratio       ${ratio.toFixed(2)} (at least ${LEAST_RATIO}), ${cpuRatio.toFixed(2)} by CPU`);
  console.log(`peak memory ${peak.toFixed(0)} MiB (at most ${MOST_RSS_MIB})`);
  if (ratio < LEAST_RATIO || peak > MOST_RSS_MIB) process.exitCode = 1;
}
