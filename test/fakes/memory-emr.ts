import type { ClusterState, ClusterSummary, Clusters, ScalingLimits } from '../../tasks/core/ports.ts';
import type { RunJob, Surroundings } from './surroundings.ts';

export interface MemoryStep {
  id: string;
  state: 'PENDING' | 'RUNNING' | 'COMPLETED' | 'FAILED' | 'CANCELLED';
  args: readonly string[];
  /** Why it failed. */
  reason: string;
}

export interface MemoryCluster {
  id: string;
  name: string;
  tags: Readonly<Record<string, string>>;
  state: ClusterState;
  reason: string;
  steps: MemoryStep[];
  idleTimeoutSeconds: number;
  /** Aborted when its nodes are gone, and with them whatever ran on them. */
  ended: AbortController;
  idleSinceMs: number;
  /** As they were set last. */
  limits?: ScalingLimits;
}

/** How long things take, in seconds: the shortest and the longest. */
const START: [number, number] = [240, 480];
const END: [number, number] = [30, 150];

const ENDED = new Set<ClusterState>(['TERMINATED', 'TERMINATED_WITH_ERRORS']);

/** What a call on a cluster that has ended is refused with. */
export class ClusterEnded extends Error {}

/**
 * EMR in memory: clusters take minutes to start and to end, run one step after the other, and end by themselves when
 * they idle too long. What runs on a cluster that was asked to end runs on until its nodes are gone.
 */
export class MemoryEmr implements Clusters {
  readonly clusters = new Map<string, MemoryCluster>();
  readonly #around: Surroundings;
  readonly #run: RunJob;

  constructor(around: Surroundings, run: RunJob) {
    this.#around = around;
    this.#run = run;
  }

  /** RunJobFlow: there is no client token, so each call makes a cluster. */
  create(name: string, tags: Record<string, string>, idleTimeoutSeconds: number): MemoryCluster {
    const id = `j-${this.clusters.size + 1}`;
    const ended = new AbortController();
    const cluster: MemoryCluster = {
      id,
      name,
      tags,
      state: 'STARTING',
      reason: '',
      steps: [],
      idleTimeoutSeconds,
      ended,
      idleSinceMs: 0,
    };
    this.clusters.set(id, cluster);
    this.#around.after(this.#around.between(...START), () => this.#started(cluster), ended.signal);
    return cluster;
  }

  /** AddJobFlowSteps. @throws ClusterEnded */
  addStep(clusterId: string, args: readonly string[]): MemoryStep {
    const cluster = this.find(clusterId);
    if (isEnding(cluster))
      throw new ClusterEnded('A job flow that is shutting down or ended may not be modified.');
    const step: MemoryStep = {
      id: `s-${clusterId}-${cluster.steps.length + 1}`,
      state: 'PENDING',
      args,
      reason: '',
    };
    cluster.steps.push(step);
    this.#runNext(cluster);
    return step;
  }

  /** Ends a cluster as a lost node or a missing instance does, at once. */
  lose(cluster: MemoryCluster, reason: string): void {
    if (ENDED.has(cluster.state)) return;
    this.#end(cluster, 'TERMINATED_WITH_ERRORS', reason);
  }

  find(clusterId: string): MemoryCluster {
    const cluster = this.clusters.get(clusterId);
    if (!cluster) throw new Error(`Cluster id '${clusterId}' is not valid.`);
    return cluster;
  }

  async list(): Promise<ClusterSummary[]> {
    return [...this.clusters.values()]
      .filter(({ state }) => !ENDED.has(state))
      .map(({ id, name, state }) => ({ clusterId: id, name, state }));
  }

  async openSteps(clusterId: string): Promise<number> {
    return this.find(clusterId).steps.filter(({ state }) => state === 'PENDING' || state === 'RUNNING')
      .length;
  }

  async state(clusterId: string): Promise<{ state: ClusterState; reason: string }> {
    const cluster = this.clusters.get(clusterId);
    if (!cluster) return { state: 'TERMINATED', reason: `Cluster id '${clusterId}' is not valid.` };
    return { state: cluster.state, reason: cluster.reason };
  }

  async limitScaling(clusterId: string, limits: ScalingLimits): Promise<void> {
    const cluster = this.find(clusterId);
    if (!isEnding(cluster)) cluster.limits = limits;
  }

  async terminate(clusterId: string): Promise<void> {
    const cluster = this.find(clusterId);
    if (isEnding(cluster)) return;
    this.#beginEnd(cluster, 'USER_REQUEST: Terminated by user request');
  }

  #started(cluster: MemoryCluster): void {
    if (cluster.state === 'STARTING') this.#idle(cluster);
  }

  #idle(cluster: MemoryCluster): void {
    cluster.state = 'WAITING';
    cluster.idleSinceMs = this.#around.now();
    const since = cluster.idleSinceMs;
    this.#runNext(cluster);
    this.#around.after(
      cluster.idleTimeoutSeconds,
      () => {
        if (cluster.state === 'WAITING' && cluster.idleSinceMs === since) {
          this.#beginEnd(cluster, 'ALL_STEPS_COMPLETED: Terminated for it was idle');
        }
      },
      cluster.ended.signal,
    );
  }

  #runNext(cluster: MemoryCluster): void {
    const next = cluster.steps.find(({ state }) => state === 'PENDING');
    if (!next || cluster.state !== 'WAITING') return;
    cluster.state = 'RUNNING';
    next.state = 'RUNNING';
    const over = (state: MemoryStep['state'], reason: string): void => {
      if (next.state !== 'RUNNING') return;
      Object.assign(next, { state, reason });
      if (cluster.state === 'RUNNING') this.#idle(cluster);
    };
    this.#run(next.id, next.args, cluster.ended.signal).then(
      () => over('COMPLETED', ''),
      (error: Error) => over('FAILED', error.message),
    );
  }

  #beginEnd(cluster: MemoryCluster, reason: string): void {
    Object.assign(cluster, { state: 'TERMINATING', reason });
    const seconds = this.#around.between(...END);
    this.#around.after(seconds, () => this.#end(cluster, 'TERMINATED', reason), cluster.ended.signal);
  }

  #end(cluster: MemoryCluster, state: ClusterState, reason: string): void {
    Object.assign(cluster, { state, reason });
    for (const step of cluster.steps) {
      if (step.state === 'PENDING' || step.state === 'RUNNING') {
        Object.assign(step, { state: 'CANCELLED', reason: 'The cluster ended.' });
      }
    }
    cluster.ended.abort();
  }
}

const isEnding = ({ state }: MemoryCluster): boolean => state === 'TERMINATING' || ENDED.has(state);
