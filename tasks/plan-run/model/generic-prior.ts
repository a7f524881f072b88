import type { Prior } from './prior.ts';

/** Seconds that a job takes besides its work, and bytes of input for each slot whose work takes as long again. */
const FIXED_SECONDS = 60;
const EVEN_BYTES = 80e6;
/** A small input is brought to a cluster for all that is done with each of its bytes: from job to job, work grows with this power. */
const WORK_POWER = 0.7;
/** Jobs differ a lot in both (standard deviation of the logarithm of the ratio of fixed part and work). */
const SHARE_DEVIATION = 2;
/** However small the input is, so much may be work: it need not go with the input. */
const MOST_FIXED = 0.92;
/** With less memory than this for each byte of input a job slows down, the more the less there is. */
const ENOUGH_MEMORY = 3;
const SHORTAGE = 0.15;

/** More of whatever a job counts takes longer, as a rule: with this power of it. */
const USUAL_SLOPE = 0.25;
/** Something this small is a tolerance, as a rule: the less of it, the longer. */
const TOLERANCE = Math.log(0.01);
const TOLERANCE_SLOPE = -0.1;

const seconds = (load: number): number => FIXED_SECONDS * (1 + (Math.exp(load) / EVEN_BYTES) ** WORK_POWER);

/** What to expect of a Spark job of which nothing is known but its input. */
export const genericPrior: Prior = {
  deviation: 1.5,
  shareDeviation: SHARE_DEVIATION,
  // On EMR it has one as a rule, in runs that others published (decision 31).
  driverApart: 0.5,
  fixedShare: (usualLoad) => Math.min(MOST_FIXED, FIXED_SECONDS / seconds(usualLoad)),
  // Of shares and rates, which lie between counts and tolerances, it is open.
  slope: (usual) => (usual > 0 ? USUAL_SLOPE : usual < TOLERANCE ? TOLERANCE_SLOPE : 0),
  // Jobs that keep their input in memory took up to four times as long without it in published measurements.
  shortage: 0.4,
  logMean({ slack, usualLoad, law }): number {
    const level = Math.log(seconds(usualLoad));
    const shortage = slack === 0 ? 0 : SHORTAGE * Math.log1p((ENOUGH_MEMORY / Math.exp(slack)) ** 2);
    return level + law + shortage;
  },
};
