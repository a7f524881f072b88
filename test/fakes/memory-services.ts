import type {
  ClusterState,
  ClusterSummary,
  Clusters,
  ExecutionState,
  Executions,
  JobRunSummary,
  JobRuns,
  Notices,
  ScalingLimits,
} from '../../tasks/core/ports.ts';

/** Executions that were started, by name; a name starts once. How they stand is told by `states`, by ARN. */
export class MemoryExecutions implements Executions {
  readonly started = new Map<string, unknown>();
  readonly states = new Map<string, ExecutionState>();
  readonly alerted = new Set<string>();

  async start(name: string, input: unknown): Promise<void> {
    if (!this.started.has(name)) this.started.set(name, input);
  }

  async describe(executionArn: string): Promise<ExecutionState | null> {
    return this.states.get(executionArn) ?? null;
  }

  async endedBadlySince(_since: Date) {
    return [...this.states.values()]
      .filter(({ status }) => status !== 'RUNNING' && status !== 'SUCCEEDED')
      .map(({ arn, redriveCount }) => ({ arn, redriveCount }));
  }

  async outputsOf(executionArn: string, stateName: string): Promise<unknown[]> {
    return stateName === 'Alert' && this.alerted.has(executionArn)
      ? [{ messageId: 'm-1', redriveCount: 0 }]
      : [];
  }
}

interface MemoryCluster {
  name: string;
  state: ClusterState;
  reason: string;
  openSteps: number;
  /** As they were set last. */
  limits?: ScalingLimits;
}

export class MemoryClusters implements Clusters {
  readonly clusters = new Map<string, MemoryCluster>();

  create(clusterId: string, name: string, state: ClusterState = 'WAITING', reason = ''): void {
    this.clusters.set(clusterId, { name, state, reason, openSteps: 0 });
  }

  async list(): Promise<ClusterSummary[]> {
    return [...this.clusters]
      .filter(([, { state }]) => !state.startsWith('TERMINATED'))
      .map(([clusterId, { name, state }]) => ({ clusterId, name, state }));
  }

  async state(clusterId: string): Promise<{ state: ClusterState; reason: string }> {
    const cluster = this.clusters.get(clusterId);
    if (!cluster) return { state: 'TERMINATED', reason: `Cluster id '${clusterId}' is not valid.` };
    return { state: cluster.state, reason: cluster.reason };
  }

  async openSteps(clusterId: string): Promise<number> {
    return this.clusters.get(clusterId)?.openSteps ?? 0;
  }

  async terminate(clusterId: string): Promise<void> {
    const cluster = this.clusters.get(clusterId);
    if (!cluster || cluster.state.startsWith('TERMINAT')) return;
    Object.assign(cluster, { state: 'TERMINATING', reason: 'USER_REQUEST: Terminated by user request' });
  }

  async limitScaling(clusterId: string, limits: ScalingLimits): Promise<void> {
    const cluster = this.clusters.get(clusterId);
    if (!cluster) throw new Error(`Cluster id '${clusterId}' is not valid.`);
    if (!cluster.state.startsWith('TERMINAT')) cluster.limits = limits;
  }
}

export class MemoryJobRuns implements JobRuns {
  readonly active = new Map<string, Omit<JobRunSummary, 'jobRunId'>>();

  async list(): Promise<JobRunSummary[]> {
    return [...this.active].map(([jobRunId, worksFor]) => ({ jobRunId, ...worksFor }));
  }

  async stop(jobRunId: string): Promise<void> {
    this.active.delete(jobRunId);
  }
}

/** SNS takes a subject of 100 characters. */
const MAX_SUBJECT_LENGTH = 100;

export class MemoryNotices implements Notices {
  readonly published: { subject: string; message: string }[] = [];

  async publish(subject: string, message: string): Promise<void> {
    if (subject.length > MAX_SUBJECT_LENGTH) throw new Error('Invalid parameter: Subject');
    this.published.push({ subject, message });
  }
}
