/**
 * Measures how fast parts are copied, against a plain loop over the same loopback, and the memory that a copier takes.
 * Usage: node local/gcs/bench/copy.ts [MiB]    (default: 1024)
 * Each of the two runs three times, in turns, in a process of its own; the best of each counts.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { get, request } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { copyParts } from '../../../tasks/copy-parts/copy-parts.ts';
import { PARTS, partKey, partsOf, serve } from './loopback.ts';

interface Measured {
  seconds: number;
  /** Of the copier's own process, which says more than the time does on a machine that has other work. */
  cpuSeconds: number;
  peakRssMiB: number;
}

const ROUNDS = 3;
const LEAST_RATIO = 0.8;
const MOST_RSS_MIB = 256;
const PARALLEL = 4;

const [role = 'compare', endpoint = '', mebibytes = role] = process.argv.slice(2);
const totalMiB = Number(mebibytes) || 1024;

if (role === 'serve') await serve(totalMiB);
else if (role === 'plain') await measure(() => plainLoop(endpoint));
else if (role === 'copier') await measure(await copier(endpoint));
else await compare();

async function compare(): Promise<void> {
  const server = fork(import.meta.filename, ['serve', '', String(totalMiB)]);
  const [url] = await once(server, 'message');
  const runs: Record<'plain' | 'copier', Measured[]> = { plain: [], copier: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const name of ['plain', 'copier'] as const) {
      const child = fork(import.meta.filename, [name, String(url), String(totalMiB)]);
      const [measured] = await once(child, 'message');
      runs[name].push(measured as Measured);
    }
  }
  server.kill();
  const speed = (name: 'plain' | 'copier'): number =>
    totalMiB / Math.min(...runs[name].map(({ seconds }) => seconds));
  const cpu = (name: 'plain' | 'copier'): string =>
    Math.min(...runs[name].map(({ cpuSeconds }) => cpuSeconds)).toFixed(1);
  const ratio = speed('copier') / speed('plain');
  const peak = Math.max(...runs.copier.map(({ peakRssMiB }) => peakRssMiB));
  console.log(`${totalMiB} MiB in ${PARTS} parts, ${PARALLEL} at a time`);
  console.log(`plain loop  ${speed('plain').toFixed(0)} MiB/s, ${cpu('plain')} s of CPU`);
  console.log(
    `copier      ${speed('copier').toFixed(0)} MiB/s, ${cpu('copier')} s of CPU, with its checksum`,
  );
  console.log(`ratio       ${ratio.toFixed(2)} (at least ${LEAST_RATIO})`);
  console.log(`peak memory ${peak.toFixed(0)} MiB (at most ${MOST_RSS_MIB})`);
  if (ratio < LEAST_RATIO || peak > MOST_RSS_MIB) process.exitCode = 1;
}

/** Runs once in this process, and tells the parent what it took. */
async function measure(act: () => Promise<unknown>): Promise<void> {
  const [started, cpu] = [performance.now(), process.cpuUsage()];
  await act();
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  process.send?.({
    seconds,
    cpuSeconds: (user + system) / 1e6,
    peakRssMiB: process.resourceUsage().maxRSS / 1024,
  } satisfies Measured);
  process.disconnect();
}

/** From one server to the other with nothing between: no checksum, no session, no retry. */
async function plainLoop(url: string): Promise<void> {
  const waiting = partsOf(totalMiB).map((_, index) => partKey(index));
  const next = async (): Promise<void> => {
    for (let key = waiting.shift(); key; key = waiting.shift()) {
      const [content] = await once(get(`${url}/destination/${key}`), 'response');
      const upload = request(`${url}/plain/${key}`, {
        method: 'PUT',
        headers: { 'content-length': content.headers['content-length'] },
      });
      const answered = once(upload, 'response');
      await pipeline(content, upload);
      const [answer] = await answered;
      answer.resume();
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, next));
}

/** CopyParts itself, by the clients of its handler. */
async function copier(url: string): Promise<() => Promise<unknown>> {
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_REGION: 'us-east-1',
    TIDEGATE_GCS_ENDPOINT: url,
    TIDEGATE_GCS_BUCKET: 'transfer',
    TIDEGATE_BIGQUERY_PROJECT: 'local',
  });
  const { gcsPartStore } = await import('../../../tasks/adapters/gcs-part-store.ts');
  const { s3ObjectStore } = await import('../../../tasks/adapters/world.ts');
  const world = { objects: s3ObjectStore(), parts: gcsPartStore(), destinationBucket: 'destination' };
  return () =>
    copyParts({ dataset: 'bench', runId: 'R', attempt: 1, firstPart: 0, lastPart: PARTS - 1 }, world);
}
