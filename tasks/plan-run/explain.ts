import type { Contract } from '../core/contract.ts';
import type { Choice, Priced } from './choose.ts';
import type { Interval } from './estimate/interval.ts';

/** The plan for people: what was seen, what was believed of it, what could be had, and why this one. */
export function explain(choice: Choice, contract: Pick<Contract, 'latencySeconds' | 'engine'>): string {
  const { best, next, fastest, cheapest, workload, setback, keeps } = choice;
  const { estimate, fired, workFactor, memoryGiBPerSlot, caution } = workload;
  const promise = minutes(contract.latencySeconds);
  const features = [
    `${size(estimate.textBytes)} of text (${bytes(estimate.storedBytes)} stored), ${count(estimate.rows)} rows of ${workload.columns} columns`,
    estimate.quotedShare >= 0.01 ? `${percent(estimate.quotedShare)} of the text in quotes` : '',
    estimate.multiLineShare >= 0.001
      ? `${percent(estimate.multiLineShare)} of the rows over several lines`
      : '',
    estimate.unsplittableBytes > 0
      ? `${bytes(estimate.longestTaskBytes)} that one task must read whole: more machines do not help there`
      : '',
    workload.existingRows > 0 ? `up to ${number(workload.existingRows)} rows in the table` : '',
  ].filter(Boolean);
  const because = keeps
    ? `the cheapest of ${choice.keeping} that keep the promise of ${promise}, of ${choice.priced.length} in all`
    : `which may be later than the promise of ${promise}: nothing is much faster, and this is the cheapest of those of ` +
      `${choice.priced.length} that are within a tenth of the fastest`;
  const rows = [...new Set([best, ...(next ? [next] : []), fastest, cheapest])];
  return [
    `${best.name}: about ${minutes(best.expectedSeconds)} and ${usd(best.expectedCostUsd)}, ${because}.`,
    ...(setback ? [`${setback.told} So this attempt has ${remedy(choice)}.`] : []),
    ...(contract.engine === 'auto' ? [] : [`The contract asks for ${contract.engine}.`]),
    `Seen: ${features.join('; ')}.`,
    `So: ${workFactor.toFixed(2)} of the usual work for a byte, ${memoryGiBPerSlot.toFixed(1)} GiB of memory for a slot, ` +
      `${caution.toFixed(1)} deviations of margin.`,
    ...fired
      .filter(({ strength }) => strength >= 0.01)
      .map(
        ({ condition, strength, gives, because: why }) =>
          `  ${strength.toFixed(2)}  ${condition} -> ${gives}: ${why}`,
      ),
    `Times are ${source(choice)}.`,
    ...table(rows, choice),
    next ? `Not ${next.name}: ${whyNot(next, best)}.` : 'There was nothing else to choose.',
  ].join('\n');
}

function remedy({ best, setback }: Choice): string {
  if (setback?.kind === 'lost')
    return `other machines, and ${best.spotCount === 0 ? 'no spot instances' : 'spot instances'}`;
  return `${(best.machine.memoryGiB / best.machine.vcpu).toFixed(1)} GiB of memory for a slot`;
}

function source({ best, learnedFrom }: Choice): string {
  const runs = learnedFrom[best.engine];
  const engine = best.engine === 'emr' ? 'EMR' : 'Glue';
  return runs === 0
    ? `those of the price table: no run of the dataset on ${engine} is known yet`
    : `learned from ${runs} ${runs === 1 ? 'run' : 'runs'} of the dataset on ${engine}`;
}

function table(rows: readonly Priced[], { best, next, fastest, cheapest }: Choice): string[] {
  const width = Math.max(...rows.map(({ name }) => name.length));
  return rows.map((row) => {
    const remarks = [
      row === best ? 'chosen' : row === next ? 'next' : '',
      row === fastest ? 'fastest' : '',
      row === cheapest ? 'cheapest of all' : '',
    ].filter(Boolean);
    const times = `${minutes(row.expectedSeconds).padStart(9)}  (at most ${minutes(row.safeSeconds)})`;
    return `  ${row.name.padEnd(width)}  ${times.padEnd(32)}  ${usd(row.expectedCostUsd).padStart(12)}  ${remarks.join(', ')}`;
  });
}

function whyNot(next: Priced, best: Priced): string {
  const dearer = next.expectedCostUsd - best.expectedCostUsd;
  if (dearer > 0) return `${usd(dearer)} dearer`;
  return next.expectedSeconds > best.expectedSeconds
    ? `${minutes(next.expectedSeconds - best.expectedSeconds)} slower`
    : 'as good, and later in the alphabet';
}

const number = (value: number): string => Math.round(value).toLocaleString('en-US');
const percent = (share: number): string => `${Math.round(share * 100)}%`;
const usd = (value: number): string => `${value.toFixed(value < 1 ? 4 : 2)} USD`;
const minutes = (seconds: number): string =>
  seconds < 120 ? `${Math.round(seconds)} s` : `${(seconds / 60).toFixed(1)} min`;

function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let unit = 0;
  let amount = value;
  for (; amount >= 1000 && unit < units.length - 1; unit += 1) amount /= 1000;
  return `${amount.toFixed(amount < 10 && unit > 0 ? 1 : 0)} ${units[unit]}`;
}

const size = (interval: Interval): string =>
  interval.high > interval.low
    ? `${bytes(interval.value)} (${bytes(interval.low)} to ${bytes(interval.high)})`
    : bytes(interval.value);
const count = (interval: Interval): string =>
  interval.high > interval.low
    ? `${number(interval.value)} (${number(interval.low)} to ${number(interval.high)})`
    : number(interval.value);
