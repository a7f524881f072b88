/** What is believed before any run is known. */
export interface Prior {
  /** The expected logarithm of the seconds. */
  logMean(about: {
    /** Logarithms: bytes of input for each slot, and what is usual of it. */
    load: number;
    usualLoad: number;
    /** Memory for each byte of input, as a logarithm; 0 where no size is given. */
    slack: number;
    /** How much longer than usual it takes by the law of input and slots, as a logarithm. */
    law: number;
  }): number;
  /** The power of a feature that the time goes with, where it is no size; of its usual logarithm. */
  slope(usual: number): number;
  /** The share of a job's time that is fixed at the usual load (see above). */
  fixedShare(usualLoad: number): number;
  /** How far that may be off: the deviation of `lawsOf`. */
  shareDeviation: number;
  /** How likely it is that the driver has one of the machines to itself (`lawsOf`). */
  driverApart: number;
  /** How far the expected logarithm may be off: its standard deviation. */
  deviation: number;
  /** The same of what memory that runs short costs (`Scales`). */
  shortage: number;
}
