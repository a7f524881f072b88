import fc from 'fast-check';
import type { FunctionName } from '../../tasks/functions.ts';
import { SPARK_STAGES } from '../fakes/spark-job.ts';
import type { Act, DatasetPlan, Fault, History, Service, UploadPlan } from './history.ts';
import { happenings, INVOCATION_ERRORS, SERVICE_ERRORS } from './service-errors.ts';

const HOUR = 3600;
const MAX_DATASETS = 2;
const MAX_UPLOADS = 6;
const MAX_EXECUTIONS = 8;

/** How many calls an invocation of each task makes at most: where it can be struck. */
export type Calls = ReadonlyMap<FunctionName, number>;

/** Histories, small enough to be many; what is struck where follows from the calls that tasks were seen to make. */
export function randomHistory(calls: Calls): fc.Arbitrary<History> {
  const visit = fc.oneof(
    { weight: 3, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: 6 }) },
  );
  const when = fc.constantFrom('before' as const, 'after' as const);
  const upload: fc.Arbitrary<UploadPlan> = fc.record({
    dataset: fc.oneof(
      { weight: 30, arbitrary: fc.integer({ min: 0, max: MAX_DATASETS - 1 }) },
      { weight: 1, arbitrary: fc.constant(MAX_DATASETS) },
    ),
    key: fc.integer({ min: 0, max: 2 }),
    at: fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: HOUR })),
    // The first row is good, so that a file that is loaded brings something.
    ids: fc
      .tuple(fc.integer({ min: 0, max: 4 }), fc.array(fc.integer({ min: -1, max: 4 }), { maxLength: 4 }))
      .map(([first, more]) => [first, ...more]),
    rejected: fc.oneof(
      { weight: 9, arbitrary: fc.constant(false) },
      { weight: 1, arbitrary: fc.constant(true) },
    ),
    events: fc.oneof(
      { weight: 6, arbitrary: fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 1 }) },
      {
        weight: 3,
        arbitrary: fc.array(fc.integer({ min: 0, max: 2 * HOUR }), { minLength: 1, maxLength: 3 }),
      },
      { weight: 1, arbitrary: fc.constant<number[]>([]) },
    ),
  });
  const act: fc.Arbitrary<Act> = fc
    .tuple(
      fc.integer({ min: 0, max: 3 * HOUR }),
      fc.oneof(
        fc.record({
          does: fc.constant('redrive' as const),
          execution: fc.integer({ min: 0, max: MAX_EXECUTIONS - 1 }),
        }),
        fc.record({
          does: fc.constant('replay' as const),
          upload: fc.integer({ min: 0, max: MAX_UPLOADS - 1 }),
        }),
        fc.record({
          does: fc.constantFrom('deploy' as const, 'start' as const),
          dataset: fc.integer({ min: 0, max: MAX_DATASETS - 1 }),
        }),
        fc.record({
          does: fc.constant('delete' as const),
          upload: fc.integer({ min: 0, max: MAX_UPLOADS - 1 }),
        }),
      ),
    )
    .map(([at, does]) => ({ at, ...does }));
  const functions = [...calls.keys()];
  const fault: fc.Arbitrary<Fault> = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.constantFrom(...functions).chain((task) =>
        fc.record({
          kind: fc.constant('call' as const),
          task: fc.constant(task),
          visit,
          call: fc.integer({ min: 0, max: Math.max(0, (calls.get(task) ?? 1) - 1) }),
          when,
          what: fc.constantFrom('throttled', 'unreachable', 'denied', 'dies', 'hangs'),
        }),
      ),
    },
    {
      weight: 3,
      arbitrary: fc
        .record({
          kind: fc.constant('invoke' as const),
          task: fc.constantFrom(...functions),
          visit,
          happening: fc.constantFrom(...happenings(INVOCATION_ERRORS)),
        })
        .map(({ happening, ...fault }) => ({ ...fault, ...happening })),
    },
    {
      weight: 3,
      arbitrary: fc.constantFrom(...(Object.keys(SERVICE_ERRORS) as Service[])).chain((service) =>
        fc
          .record({
            kind: fc.constant('service' as const),
            service: fc.constant(service),
            visit,
            happening: fc.constantFrom(...happenings(SERVICE_ERRORS[service])),
          })
          .map(({ happening, ...fault }) => ({ ...fault, ...happening })),
      ),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('job' as const),
        nth: fc.integer({ min: 0, max: 3 }),
        stage: fc.constantFrom(...SPARK_STAGES),
        what: fc.constantFrom('fails', 'explains', 'hangs'),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('cluster' as const),
        nth: fc.integer({ min: 0, max: 2 }),
        afterSeconds: fc.integer({ min: 0, max: 1500 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('warehouse' as const),
        nth: fc.integer({ min: 0, max: 5 }),
        reason: fc.constantFrom('backendError', 'invalid', 'accessDenied', 'stopped'),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ kind: 'corruption' as const }) },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('cut' as const),
        execution: fc.integer({ min: 0, max: MAX_EXECUTIONS / 2 }),
        seconds: fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 1500 })),
        by: fc.constantFrom('person' as const, 'limit' as const),
      }),
    },
  );
  const dataset: fc.Arbitrary<DatasetPlan> = fc.record({
    mode: fc.constantFrom('merge', 'merge', 'append', 'replace'),
    engine: fc.constantFrom('emr', 'glue'),
    deliver: fc.constantFrom('bigquery', 'bigquery', 'bigquery', 'none'),
  });
  const history = {
    chance: fc.nat(),
    acts: fc.array(act, { maxLength: 3, size: 'max' }),
    statusEvents: fc.constantFrom('prompt' as const, 'late' as const, 'lost' as const),
  };
  const faults = fc.array(fault, { minLength: 1, maxLength: 5, size: 'max' });
  const any = fc.record({
    ...history,
    datasets: fc.array(dataset, { minLength: 1, maxLength: MAX_DATASETS }),
    uploads: fc.array(upload, { minLength: 1, maxLength: MAX_UPLOADS, size: 'max' }),
    faults: fc.oneof({ weight: 1, arbitrary: fc.constant<Fault[]>([]) }, { weight: 9, arbitrary: faults }),
  });
  // Runs of one dataset get in each other's way: uploads of the same keys, and one of the first runs is cut at its work.
  const race = fc.record({
    ...history,
    datasets: fc.array(dataset, { minLength: 1, maxLength: 1 }),
    uploads: fc.array(rival(upload), { minLength: 3, maxLength: MAX_UPLOADS, size: 'max' }),
    faults: fc.tuple(cutAtWork, fc.array(fault, { maxLength: 1 })).map(([cut, more]) => [cut, ...more]),
  });
  return fc.oneof({ weight: 3, arbitrary: any }, { weight: 1, arbitrary: race });
}

const cutAtWork: fc.Arbitrary<Fault> = fc.record({
  kind: fc.constant('cut' as const),
  execution: fc.integer({ min: 0, max: 2 }),
  seconds: fc.integer({ min: 20, max: 900 }),
  by: fc.constantFrom('person' as const, 'limit' as const),
});

/** An upload to the first dataset, soon, of two keys. */
const rival = (upload: fc.Arbitrary<UploadPlan>): fc.Arbitrary<UploadPlan> =>
  fc
    .tuple(upload, fc.integer({ min: 0, max: 900 }))
    .map(([plan, at]) => ({ ...plan, dataset: 0, at, ids: plan.ids.map((id) => Math.min(id, 1)) }));
