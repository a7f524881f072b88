import {
  DescribeClusterCommand,
  type EMRClient,
  paginateListClusters,
  TerminateJobFlowsCommand,
} from '@aws-sdk/client-emr';
import type { ClusterState, Clusters } from '../core/ports.ts';

export class EmrClusters implements Clusters {
  readonly #emr: EMRClient;

  constructor(emr: EMRClient) {
    this.#emr = emr;
  }

  async findActive(name: string): Promise<{ clusterId: string; state: ClusterState }[]> {
    const found: { clusterId: string; state: ClusterState }[] = [];
    const query = { ClusterStates: ['STARTING', 'BOOTSTRAPPING', 'RUNNING', 'WAITING'] as ClusterState[] };
    for await (const page of paginateListClusters({ client: this.#emr }, query)) {
      for (const { Id, Name, Status } of page.Clusters ?? []) {
        if (Id && Name === name && Status?.State) found.push({ clusterId: Id, state: Status.State });
      }
    }
    return found;
  }

  async state(clusterId: string): Promise<{ state: ClusterState; reason: string }> {
    const { Cluster } = await this.#emr.send(new DescribeClusterCommand({ ClusterId: clusterId }));
    const { State, StateChangeReason } = Cluster?.Status ?? {};
    const reason = [StateChangeReason?.Code, StateChangeReason?.Message].filter(Boolean).join(': ');
    return { state: State ?? 'TERMINATED', reason };
  }

  async terminate(clusterId: string): Promise<void> {
    await this.#emr.send(new TerminateJobFlowsCommand({ JobFlowIds: [clusterId] }));
  }
}
