import type { Cluster, Reason, Step } from './cluster.ts';

/** Clusters and steps in the shapes of EMR's API. */

export function describeCluster(cluster: Cluster) {
  const { instances } = cluster;
  return {
    ...summariseCluster(cluster),
    InstanceCollectionType: instances['InstanceFleets'] ? 'INSTANCE_FLEET' : 'INSTANCE_GROUP',
    ...(cluster.logUri ? { LogUri: cluster.logUri } : {}),
    ReleaseLabel: cluster.releaseLabel,
    AutoTerminate: cluster.endsWithoutSteps,
    TerminationProtected: cluster.terminationProtected,
    VisibleToAllUsers: true,
    Applications: cluster.applications.map((Name) => ({ Name })),
    Tags: Object.entries(cluster.tags).map(([Key, Value]) => ({ Key, Value })),
    ...(cluster.serviceRole ? { ServiceRole: cluster.serviceRole } : {}),
    StepConcurrencyLevel: cluster.stepConcurrency,
    MasterPublicDnsName: 'localhost',
    ScaleDownBehavior: 'TERMINATE_AT_TASK_COMPLETION',
    Configurations: [],
    Ec2InstanceAttributes: {
      ...(cluster.instanceProfile ? { IamInstanceProfile: cluster.instanceProfile } : {}),
      RequestedEc2SubnetIds: instances['Ec2SubnetIds'] ?? [],
    },
  };
}

export function summariseCluster(cluster: Cluster) {
  return {
    Id: cluster.id,
    Name: cluster.name,
    Status: {
      State: cluster.state,
      StateChangeReason: reasonOf(cluster.reason),
      Timeline: {
        CreationDateTime: new Date(cluster.createdAt),
        ...(cluster.readyAt === null ? {} : { ReadyDateTime: new Date(cluster.readyAt) }),
        ...(cluster.endedAt === null ? {} : { EndDateTime: new Date(cluster.endedAt) }),
      },
    },
    NormalizedInstanceHours: 0,
    ClusterArn: `arn:aws:elasticmapreduce:us-east-1:123456789012:cluster/${cluster.id}`,
  };
}

export function describeStep(step: Step) {
  return {
    Id: step.id,
    Name: step.name,
    Config: {
      Jar: step.jar,
      ...(step.mainClass ? { MainClass: step.mainClass } : {}),
      Args: step.args,
      Properties: step.properties,
    },
    ActionOnFailure: step.actionOnFailure,
    Status: {
      State: step.state,
      StateChangeReason: reasonOf(step.reason),
      ...(step.failure
        ? {
            FailureDetails: {
              Reason: step.failure.reason,
              Message: step.failure.message,
              ...(step.failure.logFile ? { LogFile: step.failure.logFile } : {}),
            },
          }
        : {}),
      Timeline: {
        CreationDateTime: new Date(step.createdAt),
        ...(step.startedAt === null ? {} : { StartDateTime: new Date(step.startedAt) }),
        ...(step.endedAt === null ? {} : { EndDateTime: new Date(step.endedAt) }),
      },
    },
  };
}

interface RequestedFleet {
  InstanceFleetType: string;
  Name?: string;
  TargetOnDemandCapacity?: number;
  TargetSpotCapacity?: number;
  InstanceTypeConfigs?: Record<string, unknown>[];
}

/** The fleets as requested, all of their capacity provisioned. */
export function fleetsOf({ id, instances, state, reason }: Cluster) {
  return ((instances['InstanceFleets'] ?? []) as RequestedFleet[]).map((fleet, index) => ({
    Id: `if-${id.slice(2)}${index}`,
    ...(fleet.Name ? { Name: fleet.Name } : {}),
    InstanceFleetType: fleet.InstanceFleetType,
    Status: { State: state === 'WAITING' ? 'RUNNING' : state, StateChangeReason: reasonOf(reason) },
    TargetOnDemandCapacity: fleet.TargetOnDemandCapacity ?? 0,
    TargetSpotCapacity: fleet.TargetSpotCapacity ?? 0,
    ProvisionedOnDemandCapacity: fleet.TargetOnDemandCapacity ?? 0,
    ProvisionedSpotCapacity: fleet.TargetSpotCapacity ?? 0,
    InstanceTypeSpecifications: fleet.InstanceTypeConfigs ?? [],
  }));
}

interface RequestedGroup {
  InstanceRole: string;
  InstanceType?: string;
  InstanceCount?: number;
  Name?: string;
}

export function groupsOf({ id, instances }: Cluster) {
  return ((instances['InstanceGroups'] ?? []) as RequestedGroup[]).map((group, index) => ({
    Id: `ig-${id.slice(2)}${index}`,
    ...(group.Name ? { Name: group.Name } : {}),
    InstanceGroupType: group.InstanceRole,
    InstanceType: group.InstanceType,
    RequestedInstanceCount: group.InstanceCount ?? 0,
    RunningInstanceCount: group.InstanceCount ?? 0,
  }));
}

const reasonOf = ({ code, message }: Reason) => ({
  ...(code ? { Code: code } : {}),
  ...(message ? { Message: message } : {}),
});
