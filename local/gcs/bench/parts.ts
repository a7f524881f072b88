export const PARTS = 8;
/** Copied at a time. */
export const PARALLEL = 4;
export const partKey = (index: number): string => `runs/bench/R/attempts/1/changes/part-${index}.parquet`;
