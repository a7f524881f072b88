import { type Encoded, isSize, machineName, type Situation } from './encode.ts';
import { type Law, lawsAt } from './laws.ts';

/** Powers of the machines' count, of virtual CPUs and of memory for each of these, besides the law. */
const MACHINE_SLOPES = [0.06, 0.1, 0.06] as const;
const SIZE_SLOPE = 0.1;
const OTHER_SLOPE = 0.3;
/** Or part of the time goes with a feature and part does not: shares of the latter, and how far that may hold. */
const APART_SHARES = [0.1, 0.35, 0.7];
const APART = 0.6;
/** Memory for each byte of input below which it may run short, and the factor that the lack of all of it may cost. */
const KNEES = [1, 3, 9].map(Math.log);
const SHORT_FACTOR = 3;

/** What is usual of the runs that a model knows: slopes turn there. */
export interface Center {
  machine: Float64Array;
  input: Float64Array;
  load: number;
}

/** A situation with what covariances are made of. */
export interface Point {
  machine: MachinePoint;
  input: InputPoint;
  load: number;
  slack: number;
  /** What the law that is expected says, and how each departs from that. */
  law: number;
  departures: Float64Array;
  /** The same of the laws under which all machines do the work, by the root of their likelihood: what inputs have of their own. */
  shapes: Float64Array;
  shortages: Float64Array;
}

export interface MachinePoint {
  logs: Float64Array;
  slopes: Float64Array;
  family: string;
  instanceType: string;
}

export interface InputPoint {
  logs: Float64Array;
  slopes: Float64Array;
}

/** Points of situations; those of the same machines or of the same input share that part, and what is computed of it. */
export function pointsOf(
  situations: readonly Situation[],
  names: readonly string[],
  center: Center,
  laws: readonly Law[],
  encode: (situation: Situation) => Encoded,
): Point[] {
  const machines = new Map<string, MachinePoint>();
  const inputs = new Map<string, InputPoint>();
  const onAllMachines = [...laws.keys()].filter((law) => !laws[law]?.driverApart);
  const all = onAllMachines.reduce((sum, law) => sum + (laws[law] as Law).likelihood, 0);
  const roots = onAllMachines.map((law) => Math.sqrt((laws[law] as Law).likelihood / all));
  return situations.map((situation) => {
    const encoded = encode(situation);
    const { load, loadBesideDriver, slack } = encoded;
    const machineKey = machineName(situation.machine);
    const machine = machines.get(machineKey) ?? machinePoint(encoded, center);
    machines.set(machineKey, machine);
    const inputKey = names.map((name) => situation.features[name]).join(' ');
    const input = inputs.get(inputKey) ?? inputPoint(encoded, names, center);
    inputs.set(inputKey, input);
    const { expected, departures } = lawsAt(
      laws,
      Math.exp(load - center.load),
      Math.exp(loadBesideDriver - center.load),
    );
    const shapes = new Float64Array(onAllMachines.length);
    for (let at = 0; at < shapes.length; at += 1) {
      shapes[at] = (roots[at] as number) * (departures[onAllMachines[at] as number] as number);
    }
    return { machine, input, load, slack, law: expected, departures, shapes, shortages: shortagesAt(slack) };
  });
}

const machinePoint = ({ machine, family, instanceType }: Encoded, center: Center): MachinePoint => ({
  logs: machine,
  slopes: machine.map((log, at) => (MACHINE_SLOPES[at] as number) * (log - (center.machine[at] as number))),
  family,
  instanceType,
});

const inputPoint = ({ input }: Encoded, names: readonly string[], center: Center): InputPoint => ({
  logs: input,
  slopes: Float64Array.from(
    names.flatMap((name, at) => {
      const log = (input[at] as number) - (center.input[at] as number);
      if (isSize(name)) return [SIZE_SLOPE * log];
      return [
        OTHER_SLOPE * log,
        ...APART_SHARES.map(
          (apart) => APART * (Math.log(apart + (1 - apart) * Math.exp(log)) - (1 - apart) * log),
        ),
      ];
    }),
  ),
});

function shortagesAt(slack: number): Float64Array {
  const shortages = new Float64Array(KNEES.length);
  for (let at = 0; slack !== 0 && at < KNEES.length; at += 1) {
    const missing = Math.max(0, 1 - Math.exp(slack - (KNEES[at] as number)));
    shortages[at] = Math.log1p((SHORT_FACTOR - 1) * missing);
  }
  return shortages;
}

/** How all points depart from what is expected under each law: a row for each law. */
export function departuresOf(points: readonly Point[]): Float64Array {
  const size = points.length;
  const rows = new Float64Array(size * (points[0]?.departures.length ?? 0));
  points.forEach(({ departures }, at) => {
    departures.forEach((departure, law) => {
      rows[law * size + at] = departure;
    });
  });
  return rows;
}
