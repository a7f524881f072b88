import { type ErrorName, errorTable } from '../../../tasks/core/errors.ts';
import type { FunctionName } from '../../../tasks/functions.ts';
import type { Fault, Service, Visit, When } from '../history.ts';
import { happenings, INVOCATION_ERRORS, SERVICE_ERRORS } from '../service-errors.ts';

/** A state that does something outside, by which of its calls it can be made to fail, and the engine that leads to it. */
export interface FailingState {
  state: string;
  engine: 'emr' | 'glue';
  /** Another failure that leads to it. */
  first: Fault[];
  errors: DeclaredError[];
}

/** An error that the state can meet; `fault` makes it so, each time until the execution has ended. */
export interface DeclaredError {
  error: string;
  /** Null: what has no before and after. */
  when: When | null;
  /** @param enteredSeconds when the state is entered, from the start of the execution. */
  fault(visit: Visit, enteredSeconds: number): Fault;
}

/** What a task throws that is none of ours: an SDK's error once its retries are used up, or a bug. */
const SDK_ERRORS = ['ThrottlingException', 'TimeoutError', 'AccessDeniedException', 'TypeError'];

const ORDERS: readonly When[] = ['before', 'after'];

const invoked = (task: FunctionName): DeclaredError[] =>
  [
    ...happenings(INVOCATION_ERRORS),
    // A task throws at its first call or at its last.
    ...[...SDK_ERRORS, ...(Object.keys(errorTable) as ErrorName[])].flatMap((error) =>
      ORDERS.map((when) => ({ error, when })),
    ),
  ].map(({ error, when }) => ({
    error,
    when,
    fault: (visit: Visit): Fault => ({ kind: 'invoke', task, visit, when, error }),
  }));

const called = (service: Service): DeclaredError[] =>
  happenings(SERVICE_ERRORS[service]).map(({ error, when }) => ({
    error,
    when,
    fault: (visit: Visit): Fault => ({ kind: 'service', service, visit, when, error }),
  }));

const once = (error: string, fault: Fault): DeclaredError => ({ error, when: null, fault: () => fault });

const jobFails: Fault = { kind: 'job', nth: 0, stage: 'read', what: 'fails' };

const jobErrors: DeclaredError[] = [
  once('the job fails before its merge', jobFails),
  once('the job fails and says why', { ...jobFails, stage: 'merge', what: 'explains' }),
  once('the job fails after its merge', { ...jobFails, stage: 'manifest' }),
  once('the job fails when all is written', { ...jobFails, stage: 'end' }),
  once('the job hangs', { ...jobFails, what: 'hangs' }),
];

/** No Catch sees them. */
const cuts: DeclaredError[] = (['person', 'limit'] as const).map((by) => ({
  error: by === 'person' ? 'the execution is aborted' : 'the execution reaches its time limit',
  when: null,
  fault: (_, seconds) => ({ kind: 'cut', execution: 0, seconds: seconds + 0.001, by }),
}));

const state = (
  name: string,
  errors: DeclaredError[],
  { engine = 'glue' as FailingState['engine'], first = [] as Fault[] } = {},
): FailingState => ({ state: name, engine, first, errors: [...errors, ...cuts] });

/** Every state that can fail, with every error that is declared for it. The others only choose, wait or end. */
export const failingStates: readonly FailingState[] = [
  state('AdmitUpload', invoked('AdmitUpload')),
  state('PinInputs', invoked('PinInput')),
  state('PlanRun', invoked('PlanRun')),
  state('LeaseCluster', invoked('LeaseCluster'), { engine: 'emr' }),
  state(
    'CreateCluster',
    [
      ...called('createCluster'),
      once('the cluster does not start', { kind: 'cluster', nth: 0, afterSeconds: 30 }),
    ],
    { engine: 'emr' },
  ),
  state(
    'RunSparkStep',
    [
      ...called('addStep'),
      ...jobErrors,
      once('the cluster is lost', { kind: 'cluster', nth: 0, afterSeconds: 560 }),
    ],
    { engine: 'emr' },
  ),
  state('ReturnCluster', invoked('ReturnCluster'), { engine: 'emr' }),
  state('RunGlueJob', [...called('startJobRun'), ...jobErrors]),
  state('VerifyOutput', invoked('VerifyOutput')),
  state('CopyParts', [...invoked('CopyParts'), once('a part arrives damaged', { kind: 'corruption' })]),
  state('Deliver', [
    ...invoked('Deliver'),
    ...(['backendError', 'stopped', 'invalid', 'accessDenied'] as const).flatMap((reason) => [
      once(`the load job fails: ${reason}`, { kind: 'warehouse', nth: 0, reason }),
      once(`the merge job fails: ${reason}`, { kind: 'warehouse', nth: 1, reason }),
    ]),
  ]),
  state('LeaveGate', invoked('LeaveGate')),
  state('DiagnoseFailure', invoked('DiagnoseFailure'), { first: [jobFails] }),
  state('Alert', called('publish'), { first: [jobFails] }),
  state('CleanUp', invoked('CleanUp'), { first: [jobFails] }),
  state('RedriveGate', invoked('RedriveGate'), { first: [jobFails] }),
];
