import type { Contract } from '../core/contract.ts';
import type { FileEstimate } from './estimate/file-estimate.ts';
import { type FiredRule, infer } from './fuzzy.ts';
import { CAUTION, MEMORY, WORK } from './rules.ts';

/** A batch as plans are made for it: how much there is of it, and what its content makes of that. */
export interface Workload {
  estimate: FileEstimate;
  /** Of the contract: the work is told from them. */
  columns: number;
  /** Rows that earlier runs left in the table, at most. */
  existingRows: number;
  /** What each of the rules' systems makes of the seconds of work for a byte, against those of usual rows. */
  factors: Readonly<Record<keyof typeof WORK, number>>;
  /** All of them together. */
  workFactor: number;
  memoryGiBPerSlot: number;
  /** Standard deviations that a plan must stay within the promise by. */
  caution: number;
  fired: FiredRule[];
}

export function workloadOf(
  estimate: FileEstimate,
  contract: Pick<Contract, 'latencySeconds' | 'write'> & { columns: readonly unknown[] },
  existingRows: number,
): Workload {
  const { textBytes, rows } = estimate;
  const values = {
    row: rows.value > 0 ? textBytes.value / rows.value : 100,
    quoted: estimate.quotedShare,
    columns: contract.columns.length,
    existing: contract.write.mode === 'merge' ? existingRows / Math.max(1, rows.value) : 0,
    spread: estimate.rowSpread,
    task: estimate.longestTaskBytes / 1e9,
    estimate: (rows.high - rows.low) / (2 * Math.max(1, rows.value)),
    promise: contract.latencySeconds / 60,
  };
  const work = {
    rowWidth: infer(WORK.rowWidth, values, 1),
    quoting: infer(WORK.quoting, values, 1),
    rules: infer(WORK.rules, values, 1),
    table: infer(WORK.table, values, 1),
  };
  const factors = {
    rowWidth: work.rowWidth.value,
    quoting: work.quoting.value,
    rules: work.rules.value,
    table: work.table.value,
  };
  const memory = infer(MEMORY, values, 2);
  const caution = infer(CAUTION, values, 1);
  return {
    estimate,
    columns: contract.columns.length,
    existingRows,
    factors,
    workFactor: factors.rowWidth * factors.quoting * factors.rules * factors.table,
    memoryGiBPerSlot: memory.value,
    caution: caution.value,
    fired: [...Object.values(work), memory, caution].flatMap(({ fired }) => fired),
  };
}

/** What the work for any number of slots follows from. */
export interface Work {
  estimate: {
    textBytes: { value: number };
    unsplittableBytes: number;
    longestTaskBytes: number;
  };
  workFactor: number;
}

/** Of a task that reads a file whole, so much is done before its rows are spread over the cluster. */
const ALONE_SHARE = 0.5;

/**
 * Work as if all of it could be divided among so many slots: a file that one task must read whole leaves the others
 * idle meanwhile.
 */
export function workBytes({ estimate, workFactor }: Work, slots: number): number {
  const { textBytes, unsplittableBytes, longestTaskBytes } = estimate;
  const alone = Math.max(longestTaskBytes, unsplittableBytes / slots) * ALONE_SHARE;
  const divided = (textBytes.value - unsplittableBytes * ALONE_SHARE) / slots;
  return (divided + alone) * slots * workFactor;
}
