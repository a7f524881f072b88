/** A run to come, as the model sees it. */
export interface Situation {
  /** What the job says of its input. Names with `size` in them tell how much there is; nothing is known of the others. */
  features: Readonly<Record<string, number>>;
  machine: Machine;
}

export interface Machine {
  instanceType: string;
  instanceCount: number;
  /** Of one instance, as is memory. */
  vcpu: number;
  memoryGiB: number;
}

/** A situation as logarithms, so that laws of proportion are straight lines. */
export interface Encoded {
  /** Of the machines: count, virtual CPUs of one, memory for each of these. */
  machine: Float64Array;
  /** Of the features, in the order of their names. */
  input: Float64Array;
  /** Input for each slot, in bytes. */
  load: number;
  /** Memory of all machines for each byte of input; 0 where no size is given. */
  slack: number;
  family: string;
  instanceType: string;
}

export const isSize = (name: string): boolean => /size/i.test(name);

/** @param names the features to encode; one that a situation lacks counts as 0. */
export function encode({ features, machine }: Situation, names: readonly string[]): Encoded {
  const { instanceType, instanceCount, vcpu, memoryGiB } = machine;
  const bytes = names.filter(isSize).reduce((sum, name) => sum + sizeBytes(name, features[name] ?? 0), 0);
  return {
    machine: Float64Array.of(Math.log(instanceCount), Math.log(vcpu), Math.log(memoryGiB / vcpu)),
    input: Float64Array.from(names, (name) => logOf(features[name] ?? 0)),
    load: Math.log(Math.max(bytes, 1) / (instanceCount * vcpu)),
    slack: bytes > 0 ? Math.log((instanceCount * memoryGiB * 2 ** 30) / bytes) : 0,
    family: instanceType.split('.')[0] ?? instanceType,
    instanceType,
  };
}

const LEAST = 1e-9;

/** The logarithm, and for what has none (zero, negative numbers) something below that keeps the order. */
const logOf = (value: number): number =>
  value > 0 ? Math.log(Math.max(value, LEAST)) : Math.log(LEAST) - Math.log1p(-value / LEAST);

const UNITS: readonly [RegExp, number][] = [
  [/(^|[_\W])(t|tera)(i?b)?(ytes?)?$/i, 1e12],
  [/(^|[_\W])(g|giga)(i?b)?(ytes?)?$/i, 1e9],
  [/(^|[_\W])(m|mega)(i?b)?(ytes?)?$/i, 1e6],
  [/(^|[_\W])(k|kilo)(i?b)?(ytes?)?$/i, 1e3],
  [/bytes?$/i, 1],
];

/** A size in bytes: by the unit in its name, else by its magnitude, as people give sizes that are worth a cluster. */
export function sizeBytes(name: string, value: number): number {
  const unit = UNITS.find(([pattern]) => pattern.test(name))?.[1];
  if (unit !== undefined) return value * unit;
  if (value >= 5e6) return value;
  return value * (value >= 80 ? 1e6 : 1e9);
}
