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

/** Machines that have it in common differ by nothing that a time depends on. */
export const machineName = ({ instanceType, instanceCount, vcpu, memoryGiB }: Machine): string =>
  `${instanceType} ${instanceCount} ${vcpu} ${memoryGiB}`;

/** A situation as logarithms, so that laws of proportion are straight lines. */
export interface Encoded {
  /** Of the machines: count, virtual CPUs of one, memory for each of these. */
  machine: Float64Array;
  /** Of the features, in the order of their names. */
  input: Float64Array;
  /** Input for each slot, in bytes; of a usual input where no size is given. */
  load: number;
  /** The same where the driver has one of the machines to itself; a single one it shares with the work. */
  loadBesideDriver: number;
  /** Memory of all machines for each byte of input; 0 where no size is given. */
  slack: number;
  family: string;
  instanceType: string;
}

/** Worth a cluster. */
const USUAL_BYTES = 1e10;

export const isSize = (name: string): boolean => /size/i.test(name);

/** What is known of a feature's values. */
export interface Feature {
  /** Their middle. */
  usual: number;
  /** The half of the least that is above zero; 0 where none is. */
  little: number;
}

/**
 * Encodes situations by the features that some have; where one lacks a feature, it is taken as it usually is. What names and
 * units tell is looked up once, for there are hundreds of runs.
 */
export function encoderOf(known: ReadonlyMap<string, Feature>): (situation: Situation) => Encoded {
  const all = [...known].map(([name, feature]) => ({ name, ...feature, isSize: isSize(name) }));
  // A size that was never above zero tells of no input.
  const sizes = all
    .filter((feature) => feature.isSize && feature.little > 0)
    .map((feature) => ({
      ...feature,
      unit: unitOf(feature.name) ?? unitBy(feature.usual || feature.little),
    }));
  return ({ features, machine }) => {
    const { instanceType, instanceCount, vcpu, memoryGiB } = machine;
    let bytes = 0;
    for (const { name, usual, little, unit } of sizes) {
      const size = features[name] ?? usual;
      bytes += (size > 0 ? size : little) * unit;
    }
    const load = (machines: number): number =>
      Math.log((bytes > 0 ? bytes : USUAL_BYTES) / (machines * vcpu));
    const input = Float64Array.from(all, (feature) =>
      logOf(features[feature.name] ?? feature.usual, feature.little, feature.isSize),
    );
    return {
      machine: Float64Array.of(Math.log(instanceCount), Math.log(vcpu), Math.log(memoryGiB / vcpu)),
      input,
      load: load(instanceCount),
      loadBesideDriver: load(Math.max(1, instanceCount - 1)),
      slack: bytes > 0 ? Math.log((instanceCount * memoryGiB * 2 ** 30) / bytes) : 0,
      family: instanceType.split('.')[0] ?? instanceType,
      instanceType,
    };
  };
}

/** What situations say of each feature, by its name in the order of names. */
export function featuresOf(situations: readonly Situation[]): ReadonlyMap<string, Feature> {
  const told = new Map<string, number[]>();
  for (const { features } of situations) {
    for (const [name, value] of Object.entries(features)) {
      const values = told.get(name);
      if (values) values.push(value);
      else told.set(name, [value]);
    }
  }
  return new Map(
    [...told]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, values]) => {
        values.sort((a, b) => a - b);
        const usual = values[Math.floor(values.length / 2)] as number;
        return [name, { usual, little: (values.find((value) => value > 0) ?? 0) / 2 }];
      }),
  );
}

/**
 * The logarithm; of zero and negative numbers, which have none, something below that keeps the order: of shares of 0, 0.25 and 1
 * the first is one step more, not a world apart. What is less than a little is on that way already, but for sizes. Where nothing
 * above zero is known, the sign is all that can be told.
 */
function logOf(value: number, little: number, ofSize: boolean): number {
  if (little === 0) return Math.sign(value);
  if (value > (ofSize ? 0 : little)) return Math.log(value);
  return Math.log(little) - Math.log1p((little - value) / little);
}

const UNITS: readonly [RegExp, number][] = [
  [/(^|[_\W])(t|tera)(i?b)?(ytes?)?$/i, 1e12],
  [/(^|[_\W])(g|giga)(i?b)?(ytes?)?$/i, 1e9],
  [/(^|[_\W])(m|mega)(i?b)?(ytes?)?$/i, 1e6],
  [/(^|[_\W])(k|kilo)(i?b)?(ytes?)?$/i, 1e3],
  [/bytes?$/i, 1],
];

/** Bytes that a size counts by, where its name tells. */
const unitOf = (name: string): number | undefined => UNITS.find(([pattern]) => pattern.test(name))?.[1];

/** The same by the magnitude of what is usual, as people give sizes that are worth a cluster. */
const unitBy = (usual: number): number => (usual >= 5e6 ? 1 : usual >= 80 ? 1e6 : 1e9);
