import { cheapestWithin } from '../../tasks/plan-run/model/cheapest-within.ts';
import { genericPrior } from '../../tasks/plan-run/model/generic-prior.ts';
import { type Run, RuntimeModel } from '../../tasks/plan-run/model/runtime-model.ts';
import { randomOf } from '../../tasks/plan-run/model/seeded-random.ts';
import type { Machine, Measured, MeasuredJob } from './clusters.ts';

/**
 * What is known before: nothing; of the most similar other input two runs (any of different counts, or on the fewest and the most
 * slots); or all runs of the other inputs.
 */
export const KNOWLEDGE = ['none', 'two', 'ends', 'many'] as const;
export type Knowledge = (typeof KNOWLEDGE)[number];

/** What came of one question: an input, a deadline, and what was chosen for it. */
export interface Outcome {
  job: string;
  kept: boolean;
  /** Cost over that of the cheapest machines that kept the deadline. */
  ratio: number;
  /** As `ratio`; a miss pays for a rerun on the fastest machines besides. */
  penalised: number;
  predictedSeconds: number;
  actualSeconds: number;
  withinBounds: boolean;
}

/** Deadlines, as multiples of the time of the fastest machines; each is moved a little. */
const ROOM = [1.2, 1.6, 2.2, 3, 4.5];

const costOf = ({ machine, runtimeSeconds }: Measured): number =>
  (machine.pricePerHour * machine.instanceCount * runtimeSeconds) / 3600;

/** Every input of the jobs under each deadline, judged by what was really measured. */
export function* situations(jobs: readonly MeasuredJob[], seed: number) {
  for (const { job, inputs } of jobs) {
    const random = randomOf(seed);
    for (const [at, runs] of inputs.entries()) {
      const fastest = runs.toSorted((a, b) => a.runtimeSeconds - b.runtimeSeconds)[0] as Measured;
      const others = inputs.filter((_, index) => index !== at);
      const near = mostLike(others, fastest.features);
      const known = { none: [], two: twoOf(near, random.below), ends: endsOf(near), many: others.flat() };
      const deadlines = ROOM.map((room) => fastest.runtimeSeconds * room * (1 + 0.15 * random.next()));
      yield { job, runs, fastest, known, deadlines };
    }
  }
}

type Situation = ReturnType<typeof situations> extends Generator<infer One> ? One : never;

/** The model's choices. */
export function replay({ job, runs, fastest, known, deadlines }: Situation, knowledge: Knowledge): Outcome[] {
  const history: Run[] = known[knowledge];
  let model: RuntimeModel | undefined;
  return deadlines.map((deadline) => {
    const chosen = cheapestWithin(
      runs.map(({ machine }) => machine),
      fastest.features,
      deadline,
      (around) => {
        model ??= new RuntimeModel(history, genericPrior, around);
        return model;
      },
    );
    if (!chosen) throw new Error('There is nothing to choose from.');
    const run = runs.find(({ machine }) => machine === chosen.machine) as Measured;
    return {
      ...judged(job, run, runs, fastest, deadline),
      predictedSeconds: chosen.seconds,
      withinBounds: chosen.low <= run.runtimeSeconds && run.runtimeSeconds <= chosen.high,
    };
  });
}

/** What a size that is always the same comes to; nothing where it was not measured. */
export function fixed(
  { job, runs, fastest, deadlines }: Situation,
  size: Pick<Machine, 'instanceType' | 'instanceCount'>,
) {
  const run = runs.find(
    ({ machine }) =>
      machine.instanceType === size.instanceType && machine.instanceCount === size.instanceCount,
  );
  return run ? deadlines.map((deadline) => judged(job, run, runs, fastest, deadline)) : [];
}

function judged(job: string, run: Measured, runs: readonly Measured[], fastest: Measured, deadline: number) {
  const oracle = Math.min(...runs.filter(({ runtimeSeconds }) => runtimeSeconds <= deadline).map(costOf));
  const kept = run.runtimeSeconds <= deadline;
  return {
    job,
    kept,
    ratio: costOf(run) / oracle,
    penalised: (costOf(run) + (kept ? 0 : costOf(fastest))) / oracle,
    actualSeconds: run.runtimeSeconds,
  };
}

/** The runs of the input that is most like the asked one. */
function mostLike(
  others: readonly Measured[][],
  features: Readonly<Record<string, number>>,
): readonly Measured[] {
  const distance = (runs: readonly Measured[]): number =>
    Object.entries(features).reduce((sum, [name, value]) => {
      const other = runs[0]?.features[name] ?? 0;
      return other === value ? sum : sum + Math.abs(other - value) / (Math.abs(other) + Math.abs(value));
    }, 0);
  return others.toSorted((a, b) => distance(a) - distance(b))[0] ?? [];
}

/** Two of the runs, on machines of different counts. */
function twoOf(runs: readonly Measured[], below: (bound: number) => number): Measured[] {
  const one = runs[below(runs.length)];
  const different = runs.filter(({ machine }) => machine.instanceCount !== one?.machine.instanceCount);
  const other = different[below(different.length)];
  return one && other ? [one, other] : [];
}

/** The runs on the fewest and on the most slots. */
function endsOf(runs: readonly Measured[]): Measured[] {
  const slots = ({ machine }: Measured): number => machine.instanceCount * machine.vcpu;
  const [fewest, ...more] = runs.toSorted((a, b) => slots(a) - slots(b));
  const most = more.at(-1);
  return fewest && most ? [fewest, most] : [];
}
