import type { Prior } from './runtime-model.ts';

/** Seconds that a job takes besides its work, and seconds a slot takes for a byte. */
const FIXED_SECONDS = 60;
const SECONDS_PER_BYTE = 1e-6;
/** With less memory than this for each byte of input a job slows down, the more the less there is. */
const ENOUGH_MEMORY = 2;
const SHORTAGE = 0.15;

/** What to expect of a Spark job of which nothing is known but its input. */
export const genericPrior: Prior = {
  deviation: 1.2,
  // Jobs that keep their input in memory took up to four times as long without it in published measurements.
  shortage: 0.4,
  logMean({ slack, usualLoad, law }): number {
    const level = Math.log(FIXED_SECONDS + SECONDS_PER_BYTE * Math.exp(usualLoad));
    const shortage = slack === 0 ? 0 : SHORTAGE * Math.log1p((ENOUGH_MEMORY / Math.exp(slack)) ** 2);
    return level + law + shortage;
  },
};
