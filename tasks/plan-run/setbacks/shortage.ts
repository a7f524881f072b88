/** Memory that was not enough for a run of the dataset. */
export interface Shortage {
  textBytes: number;
  memoryGiBPerSlot: number;
}

/** A run of that share of the text is held to need as much memory for a slot. */
const ALIKE_SHARE = 0.5;

/** Of the shortages that count for so much text the one with the most memory. */
export function hardestFor(textBytes: number, shortages: readonly Shortage[]): Shortage | null {
  const counting = shortages.filter((shortage) => textBytes >= shortage.textBytes * ALIKE_SHARE);
  return counting.toSorted((a, b) => b.memoryGiBPerSlot - a.memoryGiBPerSlot)[0] ?? null;
}
