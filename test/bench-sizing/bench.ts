/**
 * How well plans are made: rows estimated over the zoo, replays on synthetic clusters, on runs of the job on one machine and
 * on measurements that others published, and plans a second. Prints tables, and writes them with a picture to
 * `out/bench-sizing`.
 *
 * Usage: node test/bench-sizing/bench.ts SEEDS [FOLDER]    (the folder has published measurements: see published-runs.ts)
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Readable, Writable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { planFilter } from '../../cli/planning/plan-filter.ts';
import { counted } from '../../tasks/core/telling/counted.ts';
import { candidatesFor } from '../../tasks/plan-run/candidates.ts';
import { choose } from '../../tasks/plan-run/choose.ts';
import { estimateFile } from '../../tasks/plan-run/estimate/estimate.ts';
import { plainText } from '../../tasks/plan-run/estimate/file-estimate.ts';
import { genericPrior } from '../../tasks/plan-run/model/generic-prior.ts';
import { RuntimeModel } from '../../tasks/plan-run/model/runtime-model.ts';
import { randomOf } from '../../tasks/plan-run/model/seeded-random.ts';
import published from '../../tasks/plan-run/prices.json' with { type: 'json' };
import { pricesSchema } from '../../tasks/plan-run/prices.ts';
import { TimeModel } from '../../tasks/plan-run/time-model.ts';
import { timesOf } from '../../tasks/plan-run/times-of.ts';
import { workloadOf } from '../../tasks/plan-run/workload.ts';
import { contractOf } from '../fakes/samples.ts';
import { animal, SPECIES } from '../tasks/plan-run/zoo.ts';
import { type Measured, type MeasuredJob, measuredJobs } from './clusters.ts';
import { type Panel, picture } from './picture.ts';
import { publishedJobs } from './published-runs.ts';
import { fixed, KNOWLEDGE, type Outcome, replay, situations } from './replay.ts';

const OUT = path.join(import.meta.dirname, '../../out/bench-sizing');
const SEEDS = Number(process.argv[2]);
const PUBLISHED = process.argv[3];
const lines: string[] = [];

await rowsOfZoo();
const synthetic = replayed('Synthetic clusters, instances of one size', (seed) => measuredJobs(seed, 'one'));
replayed('Synthetic clusters, instances of three sizes', (seed) => measuredJobs(seed, 'three'));
const jobs = PUBLISHED === undefined ? undefined : publishedJobs(PUBLISHED);
const elsewhere = jobs ? replayed('Published measurements', () => jobs) : [];
const local = localRuns();
ownJobLearned();
await plansPerSecond();
mkdirSync(OUT, { recursive: true });
writeFileSync(path.join(OUT, 'results.txt'), `${lines.join('\n')}\n`);
writeFileSync(path.join(OUT, 'predicted.svg'), picture([...synthetic, ...elsewhere, local]));
console.log(`\n${OUT}/predicted.svg`);

async function rowsOfZoo(): Promise<void> {
  heading('Rows estimated, at most 64 reads of 64 KiB a file');
  // Stored, not compressed, where that is not the point: it takes a tenth of the time.
  const storedGzip = (text: Buffer): Buffer => gzipSync(text, { level: 0 });
  const twoMembers = (text: Buffer, seed: number): Buffer => {
    const first = Math.floor(text.length * (0.1 + 0.8 * randomOf(seed).next()));
    return Buffer.concat([text.subarray(0, first), text.subarray(first)].map(storedGzip));
  };
  const variants: [string, number, { multiLine?: boolean; gzip?: (text: Buffer, seed: number) => Buffer }][] =
    [
      ['plain', 2 * SEEDS, {}],
      ['multi-line', 2 * SEEDS, { multiLine: true }],
      ['gzip', 2 * SEEDS, { gzip: storedGzip }],
      ['gzip, two members', 2 * SEEDS, { gzip: twoMembers }],
      ['gzip, compressed', Math.ceil(SEEDS / 2), { gzip: (text) => gzipSync(text, { level: 1 }) }],
    ];
  for (const [name, seeds, { multiLine = false, gzip }] of variants) {
    const errors: number[] = [];
    let held = 0;
    for (const species of SPECIES) {
      for (let seed = 1; seed <= seeds; seed += 1) {
        const { text, rows } = animal(species, 16_000_000, seed, multiLine);
        const bytes = gzip?.(text, seed) ?? text;
        const found = await estimateFile(
          { sizeBytes: bytes.length, compression: gzip ? 'gzip' : 'none' },
          async ({ start, end }) => bytes.subarray(start, end + 1),
          { ...contractOf().csv, multiLine },
        );
        errors.push(Math.abs(found.rows.value - rows) / rows);
        if (found.rows.low <= rows && rows <= found.rows.high) held += 1;
      }
    }
    tell(
      `${name.padEnd(17)} ${`${errors.length}`.padStart(3)} files  error p50 ${percent(quantile(errors, 0.5))}  p95 ${percent(quantile(errors, 0.95))}` +
        `  in the 90% interval ${percent(held / errors.length)}`,
    );
  }
}

function replayed(title: string, jobsOf: (seed: number) => MeasuredJob[]): Panel[] {
  heading(title);
  const seeds = Array.from({ length: SEEDS }, (_, index) => index + 1);
  const all = seeds.flatMap((seed) => [...situations(jobsOf(seed), seed)]);
  const byKnowledge = KNOWLEDGE.map((known) => {
    const bySituation = all.map((situation) => replay(situation, known));
    return { known, bySituation, outcomes: bySituation.flat() };
  });
  tellOutcomes(byKnowledge.map(({ known, outcomes }) => [`history: ${known}`, outcomes]));
  const fixedSizes = [
    ...new Map(
      all.flatMap(({ runs }) =>
        runs.map(({ machine }) => [`${machine.instanceCount} x ${machine.instanceType}`, machine]),
      ),
    ),
  ].map(([name, machine]) => ({ name, bySituation: all.map((situation) => fixed(situation, machine)) }));
  for (const { known, bySituation, outcomes } of byKnowledge) {
    // No size was measured everywhere: plans are held against it where it was, if that is half of it all.
    const best = fixedSizes
      .map((size) => ({
        name: size.name,
        outcomes: size.bySituation.flat(),
        plans: bySituation.filter((_, at) => size.bySituation[at]?.length).flat(),
      }))
      .filter(({ plans }) => plans.length >= outcomes.length / 2)
      .filter((size) => kept(size.outcomes) >= kept(size.plans))
      .toSorted((a, b) => costBeside(a.outcomes, a.plans) - costBeside(b.outcomes, b.plans))[0];
    const told = (outcomes: readonly Pick<Outcome, 'kept' | 'ratio'>[]): string =>
      `${percent(kept(outcomes))} kept, mean ${mean(ratios(outcomes)).toFixed(2)}`;
    tell(
      `history ${known.padEnd(5)} the cheapest fixed size that keeps as many: ` +
        (best ? `${best.name}, ${told(best.outcomes)}; plans there: ${told(best.plans)}` : 'none'),
    );
  }
  return byKnowledge
    .filter(({ known }) => known === 'two' || known === 'many')
    .map(({ known, outcomes }) => ({
      title: `${title.split(' ')[0]}: ${known === 'many' ? 'many runs of other inputs' : 'two runs of a similar input'}`,
      points: outcomes.map(({ job, predictedSeconds, actualSeconds }) => ({
        group: job,
        predicted: predictedSeconds,
        actual: actualSeconds,
      })),
    }));
}

/** Each size of file predicted from the runs of the others. */
function localRuns(): Panel {
  heading('The Spark job on one machine (local-runs.csv): each size predicted from the others');
  const [, ...rows] = readFileSync(path.join(import.meta.dirname, 'local-runs.csv'), 'utf8')
    .trim()
    .split('\n');
  const measured = rows.map((row) => {
    const [, bytes = 0, , cores = 0, seconds = 0] = row.split(',').map(Number);
    return { bytes, cores, seconds };
  });
  const repeated = Map.groupBy(measured, ({ bytes, cores }) => `${bytes} ${cores}`);
  const runs = [...repeated.values()].map((repeats): Measured => {
    const { bytes = 0, cores = 0 } = repeats[0] ?? {};
    const machine = { instanceType: 'core', instanceCount: cores, vcpu: 1, memoryGiB: 2, pricePerHour: 0.05 };
    const seconds = repeats.map((repeat) => repeat.seconds);
    return { features: { size_bytes: bytes }, machine, runtimeSeconds: quantile(seconds, 0.5) };
  });
  const sizes = [...new Set(runs.map(({ features }) => features['size_bytes']))];
  const job: MeasuredJob = {
    job: 'tidegate',
    inputs: sizes.map((size) => runs.filter(({ features }) => features['size_bytes'] === size)),
  };
  tellOutcomes([
    ['history: many', [...situations([job], 1)].flatMap((situation) => replay(situation, 'many'))],
  ]);
  const points = job.inputs.flatMap((input) => {
    const model = new RuntimeModel(
      runs.filter((run) => !input.includes(run)),
      genericPrior,
      input,
    );
    return input.map((run) => ({
      group: 'tidegate',
      predicted: Math.exp(model.predict(run).logMean),
      actual: run.runtimeSeconds,
    }));
  });
  for (const { predicted, actual } of points) {
    tell(`  predicted ${predicted.toFixed(1).padStart(6)} s  actual ${actual.toFixed(1).padStart(6)} s`);
  }
  return { title: 'the job on one machine', points };
}

/** How well the planner's model of our own job learns, where the price table's fixed part and rate are off by factors. */
function ownJobLearned(): void {
  heading('Our own job, its fixed part and rate up to 8 and 6 times off: error of a time after so many runs');
  const usual = { instanceType: 'm7g.2xlarge', instanceCount: 8, vcpu: 8, memoryGiB: 32 };
  const table = { fixedSeconds: 40, secondsPerMegabyteAndSlot: 0.5 };
  for (const known of [1, 2, 4, 8, 30]) {
    const errors = Array.from({ length: 400 }, (_, index) => {
      const random = randomOf(7 * index + known);
      const off = (most: number): number => most ** (2 * random.next() - 1);
      const fixedSeconds = table.fixedSeconds * off(8);
      const secondsPerByte = (table.secondsPerMegabyteAndSlot * off(6)) / 1e6;
      const drawn = () => {
        const machine = { ...usual, instanceCount: random.pick([2, 4, 8, 16, 32]) };
        const bytes = 1e9 * 100 ** random.next();
        const slots = machine.instanceCount * machine.vcpu;
        return { machine, bytes, seconds: fixedSeconds + (secondsPerByte * bytes) / slots };
      };
      const runs = Array.from({ length: known }, () => {
        const { machine, bytes, seconds } = drawn();
        return { machine, features: { size_bytes: bytes }, runtimeSeconds: seconds * random.factor(0.05) };
      });
      const { machine, bytes, seconds } = drawn();
      return Math.abs(new TimeModel(runs, table, usual).seconds(machine, bytes) / seconds - 1);
    });
    tell(
      `${counted(known, 'run').padEnd(7)}  p50 ${percent(quantile(errors, 0.5))}  p90 ${percent(quantile(errors, 0.9))}`,
    );
  }
}

async function plansPerSecond(): Promise<void> {
  heading('Plans a second on one core, with 200 recorded runs');
  const prices = pricesSchema.parse(published);
  const candidates = candidatesFor(prices, [], new Date(0));
  const history = Array.from({ length: 200 }, (_, index) => {
    const { machine } = candidates[(index * 7) % 44] ?? { machine: undefined };
    if (!machine) throw new Error('There are fewer candidates than there were.');
    const bytes = 1e7 * 1.04 ** index;
    const runtimeSeconds = 30 + (0.5e-6 * bytes) / (machine.instanceCount * machine.vcpu);
    return { features: { size_bytes: bytes }, machine, runtimeSeconds };
  });
  const contract = contractOf();
  let began = processorMs();
  const times = timesOf({ glue: history, emr: [] }, prices);
  const plan = (bytes: number) =>
    choose(workloadOf(plainText(bytes, bytes / 100), contract, 0), {
      contract,
      candidates,
      times,
      egressUsdPerGb: 0.09,
      setbacks: [],
      shortages: [],
    });
  plan(1e9);
  tell(`the first plan, learning included: ${(processorMs() - began).toFixed(0)} ms`);
  began = processorMs();
  for (let index = 0; index < 500; index += 1) plan(1e7 * 1.02 ** index);
  tell(`plans of a run: ${((500 / (processorMs() - began)) * 1000).toFixed(0)} a second`);

  const question = {
    features: { size_bytes: 1e9 },
    candidates: candidates
      .slice(0, 44)
      .map(({ machine, usdPerHour }) => ({ ...machine, pricePerHour: usdPerHour / machine.instanceCount })),
    history: history.map(({ features, machine, runtimeSeconds }) => ({
      features,
      ...machine,
      runtimeSeconds,
    })),
  };
  const lines = Array.from(
    { length: 400 },
    (_, index) => `${JSON.stringify({ ...question, deadlineSeconds: 60 + index })}\n`,
  );
  const nowhere = new Writable({ write: (_, __, done) => done() });
  began = processorMs();
  await planFilter(Readable.from(lines), nowhere);
  tell(`lines of the filter, one history: ${((400 / (processorMs() - began)) * 1000).toFixed(0)} a second`);
  const different = lines
    .slice(0, 200)
    .map((line, index) => line.replace(/"runtimeSeconds":(\d+)/, `"runtimeSeconds":$1${index}`));
  began = processorMs();
  await planFilter(Readable.from(different), nowhere);
  tell(
    `lines of the filter, each with a history of its own: ${((200 / (processorMs() - began)) * 1000).toFixed(0)} a second`,
  );
}

function tellOutcomes(rows: readonly (readonly [string, readonly Outcome[]])[]): void {
  tell(`${''.padEnd(16)}    kept    mean     p95  penalised  in bounds  error p50`);
  for (const [name, outcomes] of rows) {
    const errors = outcomes.map(({ predictedSeconds, actualSeconds }) =>
      Math.abs(predictedSeconds / actualSeconds - 1),
    );
    const within = outcomes.filter(({ withinBounds }) => withinBounds).length / outcomes.length;
    tell(
      `${name.padEnd(16)} ${percent(kept(outcomes)).padStart(7)} ${mean(ratios(outcomes)).toFixed(3).padStart(7)} ` +
        `${quantile(ratios(outcomes), 0.95).toFixed(2).padStart(7)} ` +
        `${mean(outcomes.map(({ penalised }) => penalised))
          .toFixed(3)
          .padStart(10)} ${percent(within).padStart(10)} ` +
        `${percent(quantile(errors, 0.5)).padStart(10)}`,
    );
  }
}

function kept(outcomes: readonly { kept: boolean }[]): number {
  return outcomes.filter((outcome) => outcome.kept).length / outcomes.length;
}

function costBeside(one: readonly { ratio: number }[], other: readonly { ratio: number }[]): number {
  return mean(ratios(one)) / mean(ratios(other));
}

function ratios(outcomes: readonly { ratio: number }[]): number[] {
  return outcomes.map(({ ratio }) => ratio);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** Milliseconds of the processor, which others on the machine do not make longer. */
function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function heading(text: string): void {
  tell(`\n${text}`);
}

function tell(line: string): void {
  lines.push(line);
  console.log(line);
}
