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
  /** Seconds of work for each byte, against those of usual rows. */
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
    estimate: rows.value > 0 ? (rows.high - rows.low) / (2 * rows.value) : 0,
    promise: contract.latencySeconds / 60,
  };
  const work = [
    infer(WORK.rowWidth, values, 1),
    infer(WORK.quoting, values, 1),
    infer(WORK.rules, values, 1),
    infer(WORK.table, values, 1),
  ];
  const memory = infer(MEMORY, values, 2);
  const caution = infer(CAUTION, values, 1);
  return {
    estimate,
    columns: contract.columns.length,
    existingRows,
    workFactor: work.reduce((product, { value }) => product * value, 1),
    memoryGiBPerSlot: memory.value,
    caution: caution.value,
    fired: [...work, memory, caution].flatMap(({ fired }) => fired),
  };
}

/** Of a task that reads a file whole, so much is done before its rows are spread over the cluster. */
const ALONE_SHARE = 0.5;

/**
 * Work as if all of it could be divided among so many slots: a file that one task must read whole leaves the others
 * idle meanwhile.
 */
export function workBytes({ estimate, workFactor }: Workload, slots: number): number {
  const { textBytes, unsplittableBytes, longestTaskBytes } = estimate;
  const alone = Math.max(longestTaskBytes, unsplittableBytes / slots) * ALONE_SHARE;
  const divided = (textBytes.value - unsplittableBytes * ALONE_SHARE) / slots;
  return (divided + alone) * slots * workFactor;
}
