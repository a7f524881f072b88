import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type Machine, type Measured, type MeasuredJob, TYPES } from './clusters.ts';

/** Columns that are not features of the input. */
const NO_FEATURES = new Set(['instance_count', 'machine_type', 'slots', 'memory', 'gross_runtime']);

/**
 * Jobs of measurements in the form that https://github.com/dos-group/c3o-experiments has them in (Will, Bader and Thamsen,
 * "Towards Collaborative Optimization of Cluster Configurations for Distributed Dataflow Jobs", 2020): a file
 * `<job>.tsv` for each, with a row for every run. Of runs that were repeated, the median counts.
 */
export function publishedJobs(folder: string): MeasuredJob[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.tsv'));
  return files.map((file) => {
    const repeated = Map.groupBy(rowsOf(path.join(folder, file)), ({ gross_runtime: _, ...run }) =>
      JSON.stringify(run),
    );
    const runs = [...repeated.values()].map(medianOf);
    const inputs = Map.groupBy(runs, ({ features }) => JSON.stringify(features));
    // On a single machine there is nothing to choose.
    return {
      job: path.basename(file, '.tsv'),
      inputs: [...inputs.values()].filter(({ length }) => length > 1),
    };
  });
}

function rowsOf(file: string): Record<string, string>[] {
  const [header = '', ...rows] = readFileSync(file, 'utf8').trim().split(/\r?\n/);
  const names = header.split('\t');
  return rows.map((row) => Object.fromEntries(row.split('\t').map((value, at) => [names[at] ?? '', value])));
}

function medianOf(rows: readonly Record<string, string>[]): Measured {
  const [row = {}] = rows;
  const runtimes = rows.map((one) => Number(one['gross_runtime'])).sort((a, b) => a - b);
  const features = Object.entries(row)
    .filter(([name]) => !NO_FEATURES.has(name))
    .map(([name, value]) => [name, Number(value)]);
  return {
    features: Object.fromEntries(features),
    machine: machineOf(row['machine_type'] ?? '', Number(row['instance_count'])),
    runtimeSeconds: runtimes[Math.floor(runtimes.length / 2)] as number,
  };
}

function machineOf(instanceType: string, instanceCount: number): Machine {
  const found = TYPES.find(([name]) => name === instanceType);
  if (!found)
    throw new Error(
      `Of ${instanceType} no price is known; known are ${TYPES.map(([name]) => name).join(', ')}.`,
    );
  const [, vcpu, memoryGiB, pricePerHour] = found;
  return { instanceType, instanceCount, vcpu, memoryGiB, pricePerHour };
}
