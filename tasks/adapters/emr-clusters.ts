import {
  DescribeClusterCommand,
  type EMRClient,
  EMRServiceException,
  InvalidRequestException,
  PutManagedScalingPolicyCommand,
  paginateListClusters,
  paginateListSteps,
  TerminateJobFlowsCommand,
} from '@aws-sdk/client-emr';
import type { ClusterState, ClusterSummary, Clusters, ScalingLimits } from '../core/ports.ts';

const NOT_ENDED = ['STARTING', 'BOOTSTRAPPING', 'RUNNING', 'WAITING', 'TERMINATING'] as ClusterState[];
const OPEN = ['PENDING', 'CANCEL_PENDING', 'RUNNING'] as const;

export class EmrClusters implements Clusters {
  readonly #emr: EMRClient;

  constructor(emr: EMRClient) {
    this.#emr = emr;
  }

  async list(): Promise<ClusterSummary[]> {
    const found: ClusterSummary[] = [];
    for await (const page of paginateListClusters({ client: this.#emr }, { ClusterStates: NOT_ENDED })) {
      for (const { Id, Name, Status } of page.Clusters ?? []) {
        if (Id && Name && Status?.State) found.push({ clusterId: Id, name: Name, state: Status.State });
      }
    }
    return found;
  }

  async state(clusterId: string): Promise<{ state: ClusterState; reason: string }> {
    try {
      const { Cluster } = await this.#emr.send(new DescribeClusterCommand({ ClusterId: clusterId }));
      const { State, StateChangeReason } = Cluster?.Status ?? {};
      const reason = [StateChangeReason?.Code, StateChangeReason?.Message].filter(Boolean).join(': ');
      return { state: State ?? 'TERMINATED', reason };
    } catch (error) {
      // EMR forgets a cluster two months after its end.
      if (!(error instanceof InvalidRequestException)) throw error;
      return { state: 'TERMINATED', reason: error.message };
    }
  }

  async openSteps(clusterId: string): Promise<number> {
    let count = 0;
    const query = { ClusterId: clusterId, StepStates: [...OPEN] };
    for await (const page of paginateListSteps({ client: this.#emr }, query))
      count += page.Steps?.length ?? 0;
    return count;
  }

  async terminate(clusterId: string): Promise<void> {
    await this.#emr.send(new TerminateJobFlowsCommand({ JobFlowIds: [clusterId] }));
  }

  async limitScaling(clusterId: string, limits: ScalingLimits): Promise<void> {
    const ManagedScalingPolicy = { ComputeLimits: limits };
    try {
      await this.#emr.send(
        new PutManagedScalingPolicyCommand({ ClusterId: clusterId, ManagedScalingPolicy }),
      );
    } catch (error) {
      // A cluster that ends is refused by a ValidationException, which the API's model does not have.
      if (!(error instanceof EMRServiceException)) throw error;
      const { state } = await this.state(clusterId);
      if (!state.startsWith('TERMINAT')) throw error;
    }
  }
}
