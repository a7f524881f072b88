import type { FunctionName } from '../../tasks/functions.ts';
import type { SparkStage } from '../fakes/spark-job.ts';

/** All that happens in one history: what comes from outside, and what goes wrong. Times are seconds from its start. */
export interface History {
  /** Seeds the chances that are not written down here: how long calls and jobs take, and who comes first. */
  chance: number;
  datasets: DatasetPlan[];
  uploads: UploadPlan[];
  acts: Act[];
  faults: Fault[];
  statusEvents: 'prompt' | 'late' | 'lost';
}

export interface DatasetPlan {
  mode: 'merge' | 'append' | 'replace';
  engine: 'emr' | 'glue';
  deliver: 'bigquery' | 'none';
}

export interface UploadPlan {
  /** Index into the datasets; beyond them, the folder is of none. */
  dataset: number;
  /** Keys are few, so that objects are overwritten. */
  key: number;
  at: number;
  /** Ids of its rows; a negative one is no number, so that its row is quarantined. */
  ids: number[];
  /** Its header is wrong, so that it is rejected. */
  rejected: boolean;
  /** When its event comes, after it: none, one, or more than once. */
  events: number[];
}

export type Act = { at: number } /** As soon as it has ended badly, and so many seconds more. */ & (
  | { does: 'redrive'; execution: number }
  /** A person starts an execution for an upload, or for what waits. */
  | { does: 'replay'; upload: number }
  | { does: 'start'; dataset: number }
  /** The version of an upload is deleted for good. */
  | { does: 'delete'; upload: number }
  /** The next version of a dataset's contract is deployed. */
  | { does: 'deploy'; dataset: number }
);

export type Fault =
  /** A call that a task makes, counted within one of its invocations. */
  | { kind: 'call'; task: FunctionName; visit: Visit; call: number; when: When; what: CallFailure }
  /** The invocation of a task by Step Functions; after its effect, the task runs on and nobody hears of it. */
  | { kind: 'invoke'; task: FunctionName; visit: Visit; when: When; error: string }
  /** A call of Step Functions' own. */
  | { kind: 'service'; service: Service; visit: Visit; when: When; error: string }
  | { kind: 'job'; nth: number; stage: SparkStage; what: 'fails' | 'explains' | 'hangs' }
  | { kind: 'cluster'; nth: number; afterSeconds: number }
  | { kind: 'warehouse'; nth: number; reason: 'backendError' | 'invalid' | 'accessDenied' | 'stopped' }
  | { kind: 'corruption' }
  /** An execution is cut short, by a person or by its time limit, so many seconds after its start. */
  | { kind: 'cut'; execution: number; seconds: number; by: 'person' | 'limit' };

/** Which time that it is called, from 0; `every` time until an execution has ended badly. */
export type Visit = number | 'every';
export type When = 'before' | 'after';
export type CallFailure = 'throttled' | 'unreachable' | 'denied' | 'dies' | 'hangs';
export type Service = 'createCluster' | 'addStep' | 'startJobRun' | 'publish';
