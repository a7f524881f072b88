import type { Contract } from '../core/contract.ts';
import { counted } from '../core/telling/counted.ts';
import { memoryPerSlot } from './candidates.ts';
import type { Choice } from './choose.ts';
import { exactly, type Interval } from './estimate/interval.ts';
import type { Priced } from './priced.ts';
import { hasLargerWorkers, timeoutsAmong } from './setbacks/setback.ts';
import { LONGEST_JOB_SECONDS } from './time-limit.ts';

/**
 * The plan for people: what was seen, what was believed of it, what could be had, and why this one. No runs may be known
 * of the dataset because nobody asked for them.
 */
export function explain(
  choice: Choice,
  contract: Pick<Contract, 'latencySeconds' | 'engine'>,
  askedForRuns = true,
): string {
  const { best, next, fastest, cheapest, workload, setbacks } = choice;
  const { estimate, fired, workFactor, memoryGiBPerSlot, caution } = workload;
  const columns =
    estimate.columns > 0
      ? counted(estimate.columns, 'column')
      : `${counted(workload.columns, 'column')} (assumed)`;
  const features = [
    `${size(estimate.textBytes)} of text (${bytes(estimate.storedBytes)} stored), ${rowsOf(estimate.rows)} of ${columns}`,
    estimate.quotedShare >= 0.01 ? `${percent(estimate.quotedShare)} of the text in quotes` : '',
    estimate.multiLineShare >= 0.001
      ? `${percent(estimate.multiLineShare)} of the rows over several lines`
      : '',
    estimate.unsplittableBytes > 0
      ? `${bytes(estimate.longestTaskBytes)} that one task must read whole: more machines do not help with it`
      : '',
    workload.existingRows > 0 ? `up to ${rowsOf(exactly(workload.existingRows))} in the table` : '',
  ].filter(Boolean);
  const rows = [...new Set([best, ...(next ? [next] : []), fastest, cheapest])];
  return [
    `${best.name}: about ${time(best.expectedSeconds)} and ${usd(best.expectedCostUsd)},`,
    `${because(choice, contract)}.`,
    ...(setbacks.length > 0
      ? [`${setbacks.map(({ told }) => told).join(' ')} So this attempt has ${remedy(choice)}.`]
      : []),
    ...shortageTold(choice),
    ...limitTold(best),
    ...(contract.engine === 'auto' ? [] : [`The contract asks for ${contract.engine}.`]),
    `Seen: ${features.join(';\n  ')}.`,
    `So: ${workFactor.toFixed(2)} times the usual work per byte, ${memoryGiBPerSlot.toFixed(1)} GiB of memory per slot,`,
    `  a margin of ${caution.toFixed(1)} standard deviations.`,
    ...fired
      .filter(({ strength }) => strength >= 0.01)
      .map(
        ({ condition, strength, gives, because: why }) =>
          `  ${strength.toFixed(2)}  ${condition} -> ${gives}: ${why}`,
      ),
    `Times are ${source(choice, askedForRuns)}.`,
    ...table(rows, choice),
    next
      ? `Not ${next.name}: ${whyNot(next, best)}.`
      : choice.priced.length > 1
        ? 'No other is fast enough.'
        : 'There was no other candidate.',
  ].join('\n');
}

function because(
  { keeps, keeping, priced }: Choice,
  { latencySeconds }: Pick<Contract, 'latencySeconds'>,
): string {
  const promise =
    `the promise of ${time(latencySeconds)}` +
    (latencySeconds > LONGEST_JOB_SECONDS ? ` (a job is stopped after ${time(LONGEST_JOB_SECONDS)})` : '');
  if (keeps) {
    const all = counted(priced.length, 'candidate');
    if (keeping === 1) return `the only one of ${all} that keeps ${promise}`;
    if (keeping === priced.length) return `the cheapest of ${all}, which all keep ${promise}`;
    return `the cheapest of ${keeping} (out of ${all}) that keep ${promise}`;
  }
  if (keeping > 0) {
    return `which may be later than ${promise}: ${keeping === 1 ? 'one keeps' : `${keeping} keep`} it, but this one is nearly as fast and cheaper`;
  }
  return `which may be later than ${promise}: none of ${priced.length} candidates is much faster, or as fast and cheaper`;
}

/** Exactly what differs from the attempts before. */
function remedy({ best, setbacks }: Choice): string {
  const short = setbacks.filter(({ kind }) => kind === 'memory');
  const lost = setbacks.filter(({ kind }) => kind === 'lost');
  const had = Math.max(0, ...short.map(({ plan }) => memoryPerSlot(plan)));
  const types = new Set(lost.map(({ plan }) => plan.machine.instanceType));
  const timeouts = timeoutsAmong(setbacks);
  const told = [
    timeouts > 0 ? `${2 ** timeouts} times as long` : '',
    lost.length > 0 && !types.has(best.machine.instanceType) ? 'other machines' : '',
    lost.length > 0 && best.spotCount === 0 ? 'no spot instances' : '',
    short.length > 0 && memoryPerSlot(best) > had
      ? `${gibibytes(memoryPerSlot(best))} of memory per slot instead of ${gibibytes(had)}`
      : '',
    short.length > 0 && memoryPerSlot(best) === had && short.every(({ plan }) => hasLargerWorkers(best, plan))
      ? `workers of ${gibibytes(best.machine.memoryGiB)}, for the driver too`
      : '',
    best.taskCpus > 1 ? `${best.taskCpus} vCPUs per task, so fewer tasks at once` : '',
    best.smallParts ? 'smaller parts of the data per task' : '',
  ].filter(Boolean);
  return told.length > 0 ? told.join(', and ') : 'another number or type of machines';
}

function shortageTold({ best, shortage }: Choice): string[] {
  if (!shortage) return [];
  const [had, has] = [shortage.memoryGiBPerSlot, memoryPerSlot(best)];
  const than = has > had ? 'this plan has' : 'no plan has more than';
  return [
    `An earlier run of ${bytes(shortage.textBytes)} ran out of memory with ${gibibytes(had)} per slot; ${than} ${gibibytes(has)}.`,
  ];
}

function limitTold({ safeSeconds }: Priced): string[] {
  if (safeSeconds <= LONGEST_JOB_SECONDS) return [];
  return [
    `It may not finish within ${time(LONGEST_JOB_SECONDS)}, after which the workflow stops a job: upload less at once, in files that can be split.`,
  ];
}

function source({ best, learnedFrom }: Choice, askedForRuns: boolean): string {
  if (!askedForRuns) return "from the price table: the dataset's runs were not asked for (--learned)";
  const runs = learnedFrom[best.engine];
  const engine = best.engine === 'emr' ? 'EMR' : 'Glue';
  return runs === 0
    ? `from the price table: no run of the dataset on ${engine} is known yet`
    : `learned from ${counted(runs, 'run')} of the dataset on ${engine}`;
}

function table(rows: readonly Priced[], { best, next, fastest, cheapest }: Choice): string[] {
  const width = Math.max(...rows.map(({ name }) => name.length));
  return rows.map((row) => {
    const remarks = [
      row === best ? 'chosen' : row === next ? 'next' : '',
      row === fastest ? 'fastest' : '',
      row === cheapest ? 'cheapest of all' : '',
    ].filter(Boolean);
    const times = `${time(row.expectedSeconds).padStart(9)}  (likely by ${time(row.safeSeconds)})`;
    return `  ${row.name.padEnd(width)}  ${times.padEnd(32)}  ${usd(row.expectedCostUsd).padStart(12)}  ${remarks.join(', ')}`;
  });
}

function whyNot(next: Priced, best: Priced): string {
  const dearer = next.expectedCostUsd - best.expectedCostUsd;
  if (dearer > 0) return `${usd(dearer)} more expensive`;
  return next.expectedSeconds > best.expectedSeconds
    ? `${time(next.expectedSeconds - best.expectedSeconds)} slower`
    : 'equally good, but later in the alphabet';
}

const HOUR = 3600;

const number = (value: number): string => Math.round(value).toLocaleString('en-US');
const percent = (share: number): string => `${Math.round(share * 100)}%`;
const gibibytes = (value: number): string => `${value.toFixed(1)} GiB`;
const usd = (value: number): string => `${value.toFixed(value < 1 ? 4 : 2)} USD`;

function time(seconds: number): string {
  if (seconds < 1) return 'less than a second';
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 2 * HOUR) return `${(seconds / 60).toFixed(1)} min`;
  return seconds < 48 * HOUR
    ? `${(seconds / HOUR).toFixed(1)} h`
    : `${(seconds / 24 / HOUR).toFixed(1)} days`;
}

function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'];
  let unit = 0;
  let amount = value;
  for (; amount >= 1000 && unit < units.length - 1; unit += 1) amount /= 1000;
  return `${amount.toFixed(amount < 10 && unit > 0 ? 1 : 0)} ${units[unit]}`;
}

const size = (interval: Interval): string =>
  interval.high > interval.low
    ? `${bytes(interval.value)} (${bytes(interval.low)} to ${bytes(interval.high)})`
    : bytes(interval.value);
const rowsOf = ({ value, low, high }: Interval): string =>
  high > low
    ? `${number(value)} (${number(low)} to ${number(high)}) rows`
    : counted(Math.round(value), 'row', number(value));
