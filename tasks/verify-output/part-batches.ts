/** A range of an attempt's change-set parts, both ends included, for one copier. */
export interface PartBatch {
  dataset: string;
  runId: string;
  attempt: number;
  firstPart: number;
  lastPart: number;
}

const MAX_PARTS = 20;
const MAX_BYTES = 4 * 1024 ** 3;

/** Cuts the parts into ranges small enough that one Lambda copies each within its time limit. */
export function partBatches(
  attempt: { dataset: string; runId: string; attempt: number },
  parts: readonly { bytes: number }[],
): PartBatch[] {
  const batches: PartBatch[] = [];
  let bytesInBatch = 0;
  for (const [index, { bytes }] of parts.entries()) {
    const last = batches.at(-1);
    if (last && index - last.firstPart < MAX_PARTS && bytesInBatch + bytes <= MAX_BYTES) {
      last.lastPart = index;
      bytesInBatch += bytes;
    } else {
      batches.push({ ...attempt, firstPart: index, lastPart: index });
      bytesInBatch = bytes;
    }
  }
  return batches;
}
