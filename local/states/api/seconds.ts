/** A time as AWS JSON 1.0 carries it: seconds since the epoch, with the milliseconds as a fraction. */
export function seconds(ms: number): number {
  return ms / 1_000;
}
