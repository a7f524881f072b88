import { join } from 'node:path';
import { defaultDialect } from '../../tasks/core/contract/dialect.ts';
import { defaultLatencySeconds } from '../../tasks/core/contract/service-levels.ts';
import type { Contract } from '../../tasks/core/contract.ts';
import { TidegateError } from '../../tasks/core/errors.ts';
import { candidatesFor } from '../../tasks/plan-run/candidates.ts';
import { type Choice, choose } from '../../tasks/plan-run/choose.ts';
import { estimateFiles } from '../../tasks/plan-run/estimate/estimate.ts';
import { plainText } from '../../tasks/plan-run/estimate/file-estimate.ts';
import { explain } from '../../tasks/plan-run/explain.ts';
import published from '../../tasks/plan-run/prices.json' with { type: 'json' };
import { pricesSchema } from '../../tasks/plan-run/prices.ts';
import { type RecordedRuns, recordedRuns } from '../../tasks/plan-run/recorded-runs.ts';
import { timesOf } from '../../tasks/plan-run/times-of.ts';
import { workloadOf } from '../../tasks/plan-run/workload.ts';
import { ArgumentFailure } from '../command-arguments.ts';
import { CommandFailure } from '../command-failure.ts';
import { datasetsFolder } from '../datasets-folder.ts';
import { contractFor } from './contract-for.ts';
import { sourceOf } from './source-of.ts';

export interface PlanOptions {
  json: boolean;
  learned: boolean;
  rows?: string | undefined;
  bytes?: string | undefined;
  dataset?: string | undefined;
  promise?: string | undefined;
  engine?: string | undefined;
}

/**
 * The plan for files here or in S3, or for so many rows and bytes, as text or JSON.
 * @throws ArgumentFailure
 * @throws CommandFailure where a file cannot be read, or nothing may be planned.
 */
export async function planFiles(positionals: readonly string[], values: PlanOptions): Promise<string> {
  const datasets = datasetsFolder();
  const contract = contractFor(positionals, values.dataset, datasets);
  const terms: Terms = {
    ...(contract ?? WITHOUT_CONTRACT),
    ...(values.promise === undefined ? {} : { latencySeconds: secondsOf(values.promise) }),
    ...(values.engine === undefined ? {} : { engine: engineNamed(values.engine) }),
  };
  const isGiven = values.rows !== undefined || values.bytes !== undefined;
  const [named] = positionals;
  if (isGiven && named !== undefined)
    throw new ArgumentFailure(`expected a FILE or --rows and --bytes, not both; found "${named}".`);
  const estimated = isGiven
    ? plainText(amount('--bytes', values.bytes), amount('--rows', values.rows))
    : await estimateFiles(await Promise.all(filesOf(positionals).map(sourceOf)), terms.csv);
  // The header's columns are as good as a contract's.
  if (!contract && estimated.columns > 0) terms.columns = columnsOf(estimated.columns);
  const recorded = values.learned ? await learned(contract) : NOTHING_RECORDED;
  const prices = pricesSchema.parse(published);
  try {
    const workload = workloadOf(estimated, terms, recorded.existingRows);
    const choice = choose(workload, {
      contract: terms,
      candidates: candidatesFor(prices, [], new Date()),
      times: timesOf(recorded, prices, workload.factors),
      egressUsdPerGb: prices.egressUsdPerGb,
      setbacks: [],
      shortages: recorded.shortages,
    });
    const explained = explain(choice, terms, values.learned);
    const source = contract
      ? `By the contract of ${join(datasets, contract.dataset)}.`
      : isGiven
        ? ''
        : guessed(datasets);
    const explanation = [explained, source].filter(Boolean).join('\n');
    return values.json
      ? JSON.stringify({ explanation, ...forPrograms(choice, terms) }, null, 2)
      : explanation;
  } catch (error) {
    if (error instanceof TidegateError) throw new CommandFailure(`${error.name}: ${error.message}`);
    throw error;
  }
}

/** What of a contract a plan depends on. */
type Terms = Pick<
  Contract,
  'latencySeconds' | 'maxCostPerRunUsd' | 'engine' | 'deliver' | 'csv' | 'write'
> & {
  columns: readonly unknown[];
};

const columnsOf = (length: number): readonly unknown[] => Array.from({ length });

const WITHOUT_CONTRACT: Terms = {
  latencySeconds: defaultLatencySeconds,
  maxCostPerRunUsd: null,
  engine: 'auto',
  deliver: 'bigquery',
  columns: columnsOf(20),
  write: { mode: 'merge', orderBy: null },
  csv: defaultDialect,
};

const NOTHING_RECORDED: RecordedRuns = { glue: [], emr: [], existingRows: 0, shortages: [] };

const guessed = (datasets: string): string =>
  `Read without a contract, as UTF-8 with commas and a header; --dataset NAME uses the one in ${join(datasets, 'NAME')}.`;

function filesOf(positionals: readonly string[]): readonly string[] {
  if (positionals.length > 0) return positionals;
  throw new ArgumentFailure('expected a FILE, s3://BUCKET/KEY, --rows and --bytes, or --jsonl; found none.');
}

function amount(option: string, text: string | undefined): number {
  if (text !== undefined && /^\d+(\.\d+)?(e\d{1,2})?$/i.test(text)) return Number(text);
  throw new ArgumentFailure(
    `${option}: expected a number such as 1500000 or 1.5e6, found ${text === undefined ? 'none' : `"${text}"`}. ` +
      'Give both --rows and --bytes.',
  );
}

function secondsOf(text: string): number {
  const [, value, unit] = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text) ?? [];
  const units: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };
  const seconds = Number(value) * (units[unit ?? ''] ?? Number.NaN);
  if (seconds > 0) return seconds;
  throw new ArgumentFailure(`--promise: expected a time such as 30m, found "${text}".`);
}

function engineNamed(text: string): Contract['engine'] {
  if (text === 'auto' || text === 'emr' || text === 'glue') return text;
  throw new ArgumentFailure(`--engine: expected auto, emr or glue, found "${text}".`);
}

/** What the deployment has recorded of the dataset's runs. */
async function learned(contract: Contract | undefined): Promise<RecordedRuns> {
  if (!contract) throw new ArgumentFailure('--learned: whose runs? Name the dataset with --dataset.');
  const { deployment } = await import('../deployment.ts');
  return recordedRuns(contract.dataset, contract.write.mode, deployment().table);
}

function forPrograms(choice: Choice, terms: Terms) {
  const { best, next, fastest, cheapest, priced, workload, keeps, learnedFrom } = choice;
  return {
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
