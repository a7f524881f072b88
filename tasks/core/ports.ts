import type { Readable } from 'node:stream';

/**
 * What the tasks need of the world. `tasks/adapters` implements these on the SDK clients; tests and the simulation
 * implement them in memory. Every call has a timeout; what passes by itself is retried inside the adapter.
 */

export interface ObjectRef {
  bucket: string;
  key: string;
  /** Absent: the newest version. */
  versionId?: string | undefined;
}

export interface ObjectHead {
  sizeBytes: number;
  versionId: string | null;
  lastModified: Date;
  etag: string;
}

/** Bytes `start` to `end`, both included, counted from 0. */
export interface ByteRange {
  start: number;
  end: number;
}

/** An object that is there and that nobody can read as it is; the message says why, as in "is archived". */
export class ObjectUnreadable extends Error {
  override readonly name = 'ObjectUnreadable';
}

export interface ObjectStore {
  /** Null when there is no such object or version. @throws ObjectUnreadable */
  head(ref: ObjectRef): Promise<ObjectHead | null>;
  /** The whole object, or a range of it; null when there is no such object or version. */
  read(ref: ObjectRef, range?: ByteRange): Promise<Uint8Array | null>;
  /** As `read`, streamed. */
  open(ref: ObjectRef, range?: ByteRange): Promise<Readable | null>;
  write(ref: ObjectRef, body: string | Uint8Array, contentType: string): Promise<void>;
  /** Server-side copy of one version, of any size. Resolves when the copy is complete. @throws ObjectUnreadable */
  copy(from: ObjectRef, to: ObjectRef): Promise<void>;
  /** Every object under a key prefix. */
  list(bucket: string, prefix: string): Promise<{ key: string; sizeBytes: number }[]>;
}

export interface ItemKey {
  pk: string;
  sk: string;
}

type Item = Record<string, unknown>;

export interface StoredItem {
  key: ItemKey;
  item: Item;
  /** Raised by every write of the item, from 1. */
  version: number;
}

/** One item of a write: its new content (null deletes it), if it still has the version that was read (null: none yet). */
export interface Change {
  key: ItemKey;
  item: Item | null;
  expectedVersion: number | null;
}

/** Another writer came first: read again, decide again. */
export class WriteConflict extends Error {
  override readonly name = 'WriteConflict';
}

/** The table of gates, uploads and runs: strongly consistent reads, all-or-nothing writes of up to 100 items. */
export interface StateTable {
  get(key: ItemKey): Promise<StoredItem | null>;
  /** Items of one partition whose sort key begins with the prefix, in its order or the other way round. */
  query(
    pk: string,
    skPrefix: string,
    limit: number,
    order?: 'ascending' | 'descending',
  ): Promise<StoredItem[]>;
  /** @throws WriteConflict when one of the items has another version. */
  write(changes: Change[]): Promise<void>;
}

type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** What Step Functions knows of an execution. */
export interface ExecutionState {
  arn: string;
  name: string;
  status: ExecutionStatus;
  startedAt: Date;
  /** 0 until it is redriven. */
  redriveCount: number;
  input: unknown;
  /** Of one that failed. */
  error: string | null;
  cause: string | null;
}

export interface Executions {
  /** Starts an execution of the workflow; one of that name already started is left as it is. */
  start(name: string, input: unknown): Promise<void>;
  /** Null when there is none of that ARN, or none any more. */
  describe(executionArn: string): Promise<ExecutionState | null>;
  /** Executions that ended without success at that time or later. */
  endedBadlySince(time: Date): Promise<{ arn: string; redriveCount: number }[]>;
  /** Outputs with which the state of that name was left since the execution was started or last redriven. */
  outputsOf(executionArn: string, stateName: string): Promise<unknown[]>;
}

export type ClusterState =
  | 'STARTING'
  | 'BOOTSTRAPPING'
  | 'RUNNING'
  | 'WAITING'
  | 'TERMINATING'
  | 'TERMINATED'
  | 'TERMINATED_WITH_ERRORS';

export interface ClusterSummary {
  clusterId: string;
  name: string;
  state: ClusterState;
}

/** EMR's ComputeLimits of managed scaling, in units of an instance fleet, each a node that works. */
export interface ScalingLimits {
  UnitType: 'InstanceFleetUnits';
  MinimumCapacityUnits: number;
  MaximumCapacityUnits: number;
  MaximumOnDemandCapacityUnits: number;
  MaximumCoreCapacityUnits: number;
}

export interface Clusters {
  /** Every cluster of the account that has not ended, those that are ending included. */
  list(): Promise<ClusterSummary[]>;
  /** The state of a cluster, and why it came to it. */
  state(clusterId: string): Promise<{ state: ClusterState; reason: string }>;
  /** How many of a cluster's steps have not ended. */
  openSteps(clusterId: string): Promise<number>;
  /** Asks for the end of a cluster; one that has ended already is left as it is. */
  terminate(clusterId: string): Promise<void>;
  /** Sets how far a cluster may shrink and grow; one that is ending or has ended is left as it is. */
  limitScaling(clusterId: string, limits: ScalingLimits): Promise<void>;
}

/** A run of the Glue job that has not ended, and the attempt of ours that it works for. */
export interface JobRunSummary {
  jobRunId: string;
  runId: string;
  attempt: number;
}

export interface JobRuns {
  /** Every job run of ours that has not ended, those that are stopping included. */
  list(): Promise<JobRunSummary[]>;
  /** Asks Glue to stop a job run; one that has ended already is left as it is. */
  stop(jobRunId: string): Promise<void>;
}

export interface Notices {
  /** One message to people. The subject has fewer than 100 ASCII characters (a limit of SNS). */
  publish(subject: string, message: string): Promise<void>;
}

export interface Clock {
  now(): Date;
}

/** Waits before a write that met another writer is tried again, longer each time. */
export type BackOff = (conflicts: number) => Promise<void>;
