import { type Machine, machineName } from './model/encode.ts';
import type { Prior } from './model/prior.ts';
import { type Run, RuntimeModel } from './model/runtime-model.ts';

/** Work is asked for at powers of two; between them times go evenly. */
const LEAST_POWER = 20;
const MOST_POWER = 50;

/**
 * Seconds of the Spark job of one dataset on one engine, by its runs. More work never takes less time: where the model
 * has it otherwise (few runs, noise), the longer time of less work stands.
 */
export class TimeModel {
  readonly #model: RuntimeModel;
  readonly #curves = new Map<string, number[]>();
  readonly #deviations: number[] = [];
  readonly #usual: Machine;
  readonly #factors: Readonly<Record<string, number>>;

  /**
   * @param rate seconds a slot takes for a megabyte of text where no run is known.
   * @param usual machines of the middle sort, which the uncertainty is asked for.
   * @param factors what the rules make of the content of what is asked for, as it is in the work: runs tell how far that holds.
   */
  constructor(
    runs: readonly Run[],
    rate: { fixedSeconds: number; secondsPerMegabyteAndSlot: number },
    usual: Machine,
    factors: Readonly<Record<string, number>> = {},
  ) {
    this.#usual = usual;
    this.#factors = factors;
    // Less work than is ever asked for counts as the least that is: all of its time is fixed.
    const known = runs.map(({ features, ...run }) => ({
      ...run,
      features: { ...features, size_bytes: Math.max(2 ** LEAST_POWER, features['size_bytes'] ?? 0) },
    }));
    this.#model = new RuntimeModel(known, priorOf(rate), [{ features: { size_bytes: 1e9 }, machine: usual }]);
  }

  /** So many runs it has learned from. */
  get runs(): number {
    return this.#model.runs;
  }

  seconds(machine: Machine, workBytes: number): number {
    const name = machineName(machine);
    const curve = this.#curves.get(name) ?? [];
    this.#curves.set(name, curve);
    // Beyond the last power nothing but the work counts.
    const beyond = Math.max(1, workBytes / 2 ** MOST_POWER);
    const logSeconds = between(workBytes, (power) => {
      for (let index = curve.length; index <= power - LEAST_POWER; index += 1) {
        const { logMean } = this.#predict(machine, index + LEAST_POWER);
        curve.push(Math.max(logMean, curve.at(-1) ?? logMean));
      }
      return curve[power - LEAST_POWER] as number;
    });
    return Math.exp(logSeconds) * beyond;
  }

  /** The standard deviation of the time's logarithm; never less for more work. */
  deviation(workBytes: number): number {
    // Below the work that is known best it stays as it is there: smaller work is less of a risk.
    const best = this.#deviations.lastIndexOf(this.leastDeviation);
    return between(workBytes, (power) =>
      Math.max(...this.#deviations.slice(best, Math.max(best, power - LEAST_POWER) + 1)),
    );
  }

  /** The deviation at the work that is known best. */
  get leastDeviation(): number {
    for (let index = this.#deviations.length; index <= MOST_POWER - LEAST_POWER; index += 1) {
      this.#deviations.push(this.#predict(this.#usual, index + LEAST_POWER).logDeviation);
    }
    return Math.min(...this.#deviations);
  }

  #predict(machine: Machine, power: number) {
    return this.#model.predict({ features: { ...this.#factors, size_bytes: 2 ** power }, machine });
  }
}

function between(workBytes: number, at: (power: number) => number): number {
  const power = Math.min(MOST_POWER, Math.max(LEAST_POWER, Math.log2(Math.max(1, workBytes))));
  const below = Math.floor(power);
  const share = power - below;
  return share === 0 ? at(below) : at(below) * (1 - share) + at(below + 1) * share;
}

/** How far the published rates may be off on somebody's files and clusters (standard deviation of the logarithm). */
const RATE_DEVIATION = 0.35;
/** The same of the ratio of the fixed part to the rest. */
const SHARE_DEVIATION = 1.2;
/** The job keeps nothing in memory that it reads again: less of it costs less than it does others. */
const SHORTAGE_DEVIATION = 0.25;

function priorOf(rate: { fixedSeconds: number; secondsPerMegabyteAndSlot: number }): Prior {
  const seconds = (load: number): number =>
    rate.fixedSeconds + (rate.secondsPerMegabyteAndSlot * Math.exp(load)) / 1e6;
  return {
    deviation: RATE_DEVIATION,
    shareDeviation: SHARE_DEVIATION,
    // Executors leave room for it on every node of EMR, and Glue's driver is no slot.
    driverApart: 0,
    shortage: SHORTAGE_DEVIATION,
    // The work has the factors in it already.
    slope: () => 0,
    logMean: ({ load }) => Math.log(seconds(load)),
    fixedShare: (usualLoad) => rate.fixedSeconds / seconds(usualLoad),
  };
}
