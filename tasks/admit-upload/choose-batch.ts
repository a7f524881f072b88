/** An upload that waits, as its marker says. */
export interface Waiting {
  uploadId: string;
  sizeBytes: number;
  wanted: number;
}

/** What a run takes of what waits, oldest first: up to the contract's bytes, and one upload at least. */
export function chooseBatch(
  waiting: readonly Waiting[],
  maxBytes: number,
): { uploadId: string; generation: number }[] {
  let bytes = 0;
  const fits = waiting.findIndex(({ sizeBytes }, index) => {
    bytes += sizeBytes;
    return index > 0 && bytes > maxBytes;
  });
  return waiting
    .slice(0, fits < 0 ? waiting.length : fits)
    .map(({ uploadId, wanted }) => ({ uploadId, generation: wanted }));
}
