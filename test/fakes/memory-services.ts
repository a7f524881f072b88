import type { ClusterState, Clusters, Executions, JobRuns, Notices } from '../../tasks/core/ports.ts';

/** Executions that were started, by name; a name starts once. */
export class MemoryExecutions implements Executions {
  readonly started = new Map<string, unknown>();

  async start(name: string, input: unknown): Promise<void> {
    if (!this.started.has(name)) this.started.set(name, input);
  }
}

export class MemoryClusters implements Clusters {
  readonly clusters = new Map<string, { name: string; state: ClusterState; reason: string }>();

  create(clusterId: string, name: string, state: ClusterState = 'WAITING', reason = ''): void {
    this.clusters.set(clusterId, { name, state, reason });
  }

  async findActive(name: string): Promise<{ clusterId: string; state: ClusterState }[]> {
    return [...this.clusters]
      .filter(([, cluster]) => cluster.name === name && !cluster.state.startsWith('TERMINAT'))
      .map(([clusterId, { state }]) => ({ clusterId, state }));
  }

  async state(clusterId: string): Promise<{ state: ClusterState; reason: string }> {
    const cluster = this.clusters.get(clusterId);
    if (!cluster) throw new Error(`no cluster ${clusterId}`);
    return { state: cluster.state, reason: cluster.reason };
  }

  async terminate(clusterId: string): Promise<void> {
    const cluster = this.clusters.get(clusterId);
    if (cluster && !cluster.state.startsWith('TERMINAT')) cluster.state = 'TERMINATING';
  }
}

export class MemoryJobRuns implements JobRuns {
  /** Job-run id to the run it works for. */
  readonly active = new Map<string, string>();

  async findActive(runId: string): Promise<string[]> {
    return [...this.active].filter(([, worksFor]) => worksFor === runId).map(([jobRunId]) => jobRunId);
  }

  async stop(jobRunId: string): Promise<void> {
    this.active.delete(jobRunId);
  }
}

export class MemoryNotices implements Notices {
  readonly published: { subject: string; message: string }[] = [];

  async publish(subject: string, message: string): Promise<void> {
    this.published.push({ subject, message });
  }
}
