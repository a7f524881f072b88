import { open, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { compileDatasets } from '../../tasks/core/contract/compile-datasets.ts';
import type { Contract } from '../../tasks/core/contract.ts';
import { TidegateError } from '../../tasks/core/errors.ts';
import { candidatesFor } from '../../tasks/plan-run/candidates.ts';
import { type Choice, choose } from '../../tasks/plan-run/choose.ts';
import { estimateFile } from '../../tasks/plan-run/estimate/estimate.ts';
import {
  type FileEstimate,
  type RangeReader,
  together,
} from '../../tasks/plan-run/estimate/file-estimate.ts';
import { exactly } from '../../tasks/plan-run/estimate/interval.ts';
import { explain } from '../../tasks/plan-run/explain.ts';
import published from '../../tasks/plan-run/prices.json' with { type: 'json' };
import { pricesSchema } from '../../tasks/plan-run/prices.ts';
import { type RecordedRuns, recordedRuns } from '../../tasks/plan-run/recorded-runs.ts';
import { timesOf } from '../../tasks/plan-run/times-of.ts';
import { workloadOf } from '../../tasks/plan-run/workload.ts';
import { CommandFailure } from '../command-failure.ts';
import { deployment } from '../deployment.ts';
import type { Command } from './commands.ts';
import { planFilter } from './plan-filter.ts';
import { s3RangeReader } from './s3-range-reader.ts';

const SYNOPSIS =
  'FILE... | s3://... | --rows N --bytes M | --jsonl [--dataset NAME] [--promise TIME] [--engine NAME] [--json]';

export const plan: Command = {
  synopsis: SYNOPSIS,
  summary: 'tell what compute a run would get, and why',
  help: `Looks into files here or in S3 as the workflow does, or takes so many rows and bytes, and prints the plan: what was
seen, the rules that fired with their strengths, candidates with time and price, the choice, and why not the next.
  --dataset NAME   whose contract holds (default: the folder that the file is in, where datasets/ has one of that name)
  --promise TIME   instead of the contract's latency: 90s, 30m, 2h
  --engine NAME    instead of the contract's: auto, emr, glue
  --learned        times by the runs that the deployment of TIDEGATE_STATE_TABLE has recorded of the dataset
  --json           the plan for programs
With --jsonl it is a filter, to be judged on other people's clusters: each line of standard input is a question
  {"job","features":{name:number},"candidates":[{"instanceType","instanceCount","vcpu","memoryGiB","pricePerHour"}],
   "deadlineSeconds","history":[{"features","instanceType","instanceCount","runtimeSeconds"}]}
and is answered at once by a line {"instanceType","instanceCount","predictedSeconds","low","high"}: the cheapest
candidate expected to meet the deadline, and 90% bounds of its time. vcpu, memoryGiB and pricePerHour are of one
instance; features with "size" in their name tell how much input there is, of the others nothing is known.`,
  async run(args) {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        jsonl: { type: 'boolean' },
        json: { type: 'boolean' },
        learned: { type: 'boolean' },
        rows: { type: 'string' },
        bytes: { type: 'string' },
        dataset: { type: 'string' },
        promise: { type: 'string' },
        engine: { type: 'string' },
      },
    });
    if (values.jsonl) return (await planFilter(process.stdin, process.stdout)) ? 0 : 1;
    const dataset =
      values.dataset ?? positionals.map(folderOf).find((name) => contractNamed(name) !== undefined);
    const contract = dataset === undefined ? undefined : contractNamed(dataset);
    if (values.dataset && !contract)
      throw new CommandFailure(
        `datasets/${values.dataset} has no flawless contract; \`tidegate check\` says more.`,
      );
    const terms: Terms = {
      ...(contract ?? WITHOUT_CONTRACT),
      ...(values.promise === undefined ? {} : { latencySeconds: secondsOf(values.promise) }),
      ...(values.engine === undefined ? {} : { engine: engineNamed(values.engine) }),
    };
    const estimated =
      values.rows !== undefined || values.bytes !== undefined
        ? given(amount('--rows', values.rows), amount('--bytes', values.bytes))
        : together(await Promise.all(filesOf(positionals).map((file) => look(file, terms.csv))));
    const recorded = values.learned ? await learned(contract) : NOTHING_RECORDED;
    const prices = pricesSchema.parse(published);
    try {
      const choice = choose(workloadOf(estimated, terms, recorded.existingRows), {
        contract: terms,
        candidates: candidatesFor(prices, [], new Date()),
        times: timesOf(recorded, prices),
        egressUsdPerGb: prices.egressUsdPerGb,
        setback: null,
      });
      process.stdout.write(
        values.json
          ? `${JSON.stringify(forPrograms(choice, terms), null, 2)}\n`
          : `${explain(choice, terms)}\n`,
      );
    } catch (error) {
      if (error instanceof TidegateError) throw new CommandFailure(`${error.name}: ${error.message}`);
      throw error;
    }
    return 0;
  },
};

/** What of a contract a plan depends on. */
type Terms = Pick<
  Contract,
  'latencySeconds' | 'maxCostPerRunUsd' | 'engine' | 'deliver' | 'csv' | 'write'
> & {
  columns: readonly unknown[];
};

const WITHOUT_CONTRACT: Terms = {
  latencySeconds: 1800,
  maxCostPerRunUsd: null,
  engine: 'auto',
  deliver: 'bigquery',
  columns: Array.from({ length: 20 }),
  write: { mode: 'merge', orderBy: null },
  csv: {
    delimiter: ',',
    quote: '"',
    escape: '"',
    encoding: 'UTF-8',
    header: true,
    nulls: [],
    multiLine: false,
    skipRows: 0,
    comment: null,
    decimalComma: false,
  },
};

const NOTHING_RECORDED: RecordedRuns = { glue: [], emr: [], existingRows: 0 };

const contractNamed = (name: string): Contract | undefined =>
  compileDatasets('datasets').contracts.find(({ dataset }) => dataset === name);

/** The dataset that a file belongs to by where it is. */
function folderOf(file: string): string {
  const s3 = /^s3:\/\/[^/]+\/([^/]+)\//.exec(file);
  return s3?.[1] ?? basename(dirname(file));
}

function filesOf(positionals: readonly string[]): readonly string[] {
  if (positionals.length > 0) return positionals;
  throw new CommandFailure('expected a FILE, s3://BUCKET/KEY, --rows and --bytes, or --jsonl; found none.');
}

function amount(option: string, text: string | undefined): number {
  const value = Number(text);
  if (text !== undefined && Number.isFinite(value) && value >= 0) return value;
  throw new CommandFailure(
    `${option}: expected a number, found ${text ?? 'none'}. Give both --rows and --bytes.`,
  );
}

function secondsOf(text: string): number {
  const [, value, unit] = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text) ?? [];
  const units: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };
  const seconds = Number(value) * (units[unit ?? ''] ?? Number.NaN);
  if (seconds > 0) return seconds;
  throw new CommandFailure(`--promise: expected a time such as 30m, found "${text}".`);
}

function engineNamed(text: string): Contract['engine'] {
  if (text === 'auto' || text === 'emr' || text === 'glue') return text;
  throw new CommandFailure(`--engine: expected auto, emr or glue, found "${text}".`);
}

const given = (rows: number, bytes: number): FileEstimate => ({
  storedBytes: bytes,
  textBytes: exactly(bytes),
  rows: exactly(rows),
  rowSpread: 0,
  quotedShare: 0,
  multiLineShare: 0,
  unsplittableBytes: 0,
  longestTaskBytes: 0,
  reads: 0,
});

async function look(file: string, dialect: Contract['csv']): Promise<FileEstimate> {
  const compression = file.endsWith('.gz') ? 'gzip' : 'none';
  if (file.startsWith('s3://')) {
    const { sizeBytes, read } = await s3RangeReader(file);
    return estimateFile({ sizeBytes, compression }, read, dialect);
  }
  const { size } = await stat(file).catch((error: Error) => {
    throw new CommandFailure(`${file}: ${error.message}`);
  });
  const handle = await open(file);
  const read: RangeReader = async ({ start, end }) => {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(end - start + 1), 0, end - start + 1, start);
    return buffer.subarray(0, bytesRead);
  };
  try {
    return await estimateFile({ sizeBytes: size, compression }, read, dialect);
  } finally {
    await handle.close();
  }
}

/** What the deployment has recorded of the dataset's runs. */
async function learned(contract: Contract | undefined): Promise<RecordedRuns> {
  if (!contract) throw new CommandFailure('--learned: whose runs? Name the dataset by --dataset.');
  return recordedRuns(contract.dataset, contract.write.mode, deployment().table);
}

function forPrograms(choice: Choice, terms: Terms) {
  const { best, next, fastest, cheapest, priced, workload, keeps, learnedFrom } = choice;
  return {
    explanation: explain(choice, terms),
    promiseSeconds: terms.latencySeconds,
    keeps,
    chosen: best,
    next,
    fastest,
    cheapest,
    workload,
    learnedFrom,
    candidates: priced,
  };
}
