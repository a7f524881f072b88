import {
  ClusterState,
  ComputeLimitsUnitType,
  InstanceFleetType,
  OnDemandProvisioningAllocationStrategy,
  SpotProvisioningAllocationStrategy,
  SpotProvisioningTimeoutAction,
  StepState,
} from '@aws-sdk/client-emr';
import * as z from 'zod';
import { type Operation, operation, ServiceError } from '../../http/aws-json.ts';
import type { Cluster, StepRequest } from './cluster.ts';
import { describeCluster, describeStep, fleetsOf, groupsOf, summariseCluster } from './describe.ts';
import type { EmrEngine } from './emr-engine.ts';

const tags = z
  .array(z.object({ Key: z.string(), Value: z.string().default('') }))
  .transform((list) => Object.fromEntries(list.map(({ Key, Value }) => [Key, Value])));

const step = z
  .object({
    Name: z.string(),
    ActionOnFailure: z
      .enum(['CONTINUE', 'CANCEL_AND_WAIT', 'TERMINATE_CLUSTER', 'TERMINATE_JOB_FLOW'])
      .default('TERMINATE_CLUSTER'),
    HadoopJarStep: z.object({
      Jar: z.string(),
      MainClass: z.string().optional(),
      Args: z.array(z.string()).default([]),
      Properties: z.array(z.object({ Key: z.string(), Value: z.string() })).default([]),
    }),
  })
  .transform(
    ({ Name, ActionOnFailure, HadoopJarStep }): StepRequest => ({
      name: Name,
      actionOnFailure: ActionOnFailure,
      jar: HadoopJarStep.Jar,
      mainClass: HadoopJarStep.MainClass,
      args: HadoopJarStep.Args,
      properties: Object.fromEntries(HadoopJarStep.Properties.map(({ Key, Value }) => [Key, Value])),
    }),
  );

/** AWS allows 60 seconds to 7 days; less is of use on one machine only. */
const autoTermination = z.object({ IdleTimeout: z.int().min(1).max(604_800) });

const units = z.int().min(0);

const managedScaling = z.looseObject({
  ComputeLimits: z.looseObject({
    UnitType: z.enum(ComputeLimitsUnitType),
    MinimumCapacityUnits: units,
    MaximumCapacityUnits: units,
    MaximumOnDemandCapacityUnits: units.optional(),
    MaximumCoreCapacityUnits: units.optional(),
  }),
});

const instanceFleet = z.looseObject({
  InstanceFleetType: z.enum(InstanceFleetType),
  TargetOnDemandCapacity: units.optional(),
  TargetSpotCapacity: units.optional(),
  InstanceTypeConfigs: z
    .array(z.looseObject({ InstanceType: z.string().min(1).max(256), WeightedCapacity: units.optional() }))
    .optional(),
  LaunchSpecifications: z
    .looseObject({
      SpotSpecification: z
        .looseObject({
          TimeoutDurationMinutes: z.int().min(5).max(1440),
          TimeoutAction: z.enum(SpotProvisioningTimeoutAction),
          AllocationStrategy: z.enum(SpotProvisioningAllocationStrategy).optional(),
        })
        .optional(),
      OnDemandSpecification: z
        .looseObject({ AllocationStrategy: z.enum(OnDemandProvisioningAllocationStrategy) })
        .optional(),
    })
    .optional(),
});

const runJobFlow = z.object({
  Name: z.string().min(1).max(256),
  ReleaseLabel: z.string().regex(/^emr-[a-z0-9.-]+$/),
  LogUri: z.string().startsWith('s3').optional(),
  ServiceRole: z.string().optional(),
  JobFlowRole: z.string().optional(),
  Applications: z.array(z.object({ Name: z.string() })).default([]),
  Instances: z.looseObject({
    KeepJobFlowAliveWhenNoSteps: z.boolean().default(false),
    TerminationProtected: z.boolean().default(false),
    InstanceFleets: z.array(instanceFleet).optional(),
    InstanceGroups: z.array(z.looseObject({ InstanceRole: z.string() })).optional(),
  }),
  Steps: z.array(step).default([]),
  Tags: tags.default({}),
  StepConcurrencyLevel: z.int().min(1).max(256).default(1),
  AutoTerminationPolicy: autoTermination.optional(),
  ManagedScalingPolicy: managedScaling.optional(),
});

const byCluster = z.object({ ClusterId: z.string() });
const dates = z.number().optional();

/** EMR's API on the engine, by operation. */
export function emrOperations(engine: EmrEngine): Record<string, Operation> {
  return {
    RunJobFlow: operation(runJobFlow, (input) => {
      const cluster = engine.create({
        name: input.Name,
        tags: input.Tags,
        endsWithoutSteps: !input.Instances.KeepJobFlowAliveWhenNoSteps,
        terminationProtected: input.Instances.TerminationProtected,
        stepConcurrency: input.StepConcurrencyLevel,
        idleTimeoutSeconds: input.AutoTerminationPolicy?.IdleTimeout ?? null,
        logUri: input.LogUri ?? null,
        releaseLabel: input.ReleaseLabel,
        applications: input.Applications.map(({ Name }) => Name),
        serviceRole: input.ServiceRole ?? null,
        instanceProfile: input.JobFlowRole ?? null,
        instances: input.Instances,
        managedScalingPolicy: input.ManagedScalingPolicy ?? null,
        steps: allowed(input.Steps, input.StepConcurrencyLevel),
      });
      return { JobFlowId: cluster.id, ClusterArn: describeCluster(cluster).ClusterArn };
    }),
    AddJobFlowSteps: operation(
      z.object({ JobFlowId: z.string(), Steps: z.array(step).min(1).max(256) }),
      ({ JobFlowId, Steps }) => {
        const { stepConcurrency } = engine.activeCluster(JobFlowId);
        return { StepIds: engine.addSteps(JobFlowId, allowed(Steps, stepConcurrency)) };
      },
    ),
    DescribeCluster: operation(byCluster, ({ ClusterId }) => ({
      Cluster: describeCluster(engine.cluster(ClusterId)),
    })),
    DescribeStep: operation(byCluster.extend({ StepId: z.string() }), ({ ClusterId, StepId }) => ({
      Step: describeStep(engine.step(ClusterId, StepId)),
    })),
    ListClusters: operation(
      z.object({
        ClusterStates: z.array(z.enum(ClusterState)).optional(),
        CreatedAfter: dates,
        CreatedBefore: dates,
        Marker: z.string().optional(),
      }),
      ({ ClusterStates, CreatedAfter = 0, CreatedBefore = Number.POSITIVE_INFINITY, Marker }) => {
        const found = engine
          .clusters()
          .filter(({ state }) => !ClusterStates?.length || ClusterStates.includes(state))
          .filter(({ createdAt }) => createdAt >= CreatedAfter * 1000 && createdAt < CreatedBefore * 1000);
        return paged(found, Marker, (clusters) => ({ Clusters: clusters.map(summariseCluster) }));
      },
    ),
    ListSteps: operation(
      byCluster.extend({
        StepStates: z.array(z.enum(StepState)).optional(),
        StepIds: z.array(z.string()).optional(),
        Marker: z.string().optional(),
      }),
      ({ ClusterId, StepStates, StepIds, Marker }) => {
        const found = engine
          .cluster(ClusterId)
          .steps.filter(({ state }) => !StepStates?.length || StepStates.includes(state))
          .filter(({ id }) => !StepIds?.length || StepIds.includes(id))
          .reverse();
        return paged(found, Marker, (steps) => ({ Steps: steps.map(describeStep) }));
      },
    ),
    ListInstanceFleets: operation(byCluster, ({ ClusterId }) => ({
      InstanceFleets: fleetsOf(engine.cluster(ClusterId)),
    })),
    ListInstanceGroups: operation(byCluster, ({ ClusterId }) => ({
      InstanceGroups: groupsOf(engine.cluster(ClusterId)),
    })),
    ListBootstrapActions: operation(byCluster, () => ({ BootstrapActions: [] })),
    CancelSteps: operation(
      byCluster.extend({
        StepIds: z.array(z.string()).min(1),
        StepCancellationOption: z.enum(['SEND_INTERRUPT', 'TERMINATE_PROCESS']).optional(),
      }),
      ({ ClusterId, StepIds, StepCancellationOption }) => ({
        CancelStepsInfoList: StepIds.map((StepId) => {
          const { accepted, reason } = engine.cancelStep(
            ClusterId,
            StepId,
            StepCancellationOption !== undefined,
          );
          return { StepId, Status: accepted ? 'SUBMITTED' : 'FAILED', ...(reason ? { Reason: reason } : {}) };
        }),
      }),
    ),
    TerminateJobFlows: operation(z.object({ JobFlowIds: z.array(z.string()).min(1) }), ({ JobFlowIds }) => {
      for (const id of JobFlowIds) engine.terminate(id);
    }),
    SetTerminationProtection: operation(
      z.object({ JobFlowIds: z.array(z.string()).min(1), TerminationProtected: z.boolean() }),
      ({ JobFlowIds, TerminationProtected }) => {
        for (const id of JobFlowIds)
          engine.modify(engine.jobFlow(id).id, { terminationProtected: TerminationProtected });
      },
    ),
    PutAutoTerminationPolicy: operation(
      byCluster.extend({ AutoTerminationPolicy: autoTermination }),
      ({ ClusterId, AutoTerminationPolicy }) => {
        engine.modify(ClusterId, { idleTimeoutSeconds: AutoTerminationPolicy.IdleTimeout });
      },
    ),
    GetAutoTerminationPolicy: operation(byCluster, ({ ClusterId }) => {
      const { idleTimeoutSeconds } = engine.cluster(ClusterId);
      return idleTimeoutSeconds === null
        ? {}
        : { AutoTerminationPolicy: { IdleTimeout: idleTimeoutSeconds } };
    }),
    RemoveAutoTerminationPolicy: operation(byCluster, ({ ClusterId }) => {
      engine.modify(ClusterId, { idleTimeoutSeconds: null });
    }),
    PutManagedScalingPolicy: operation(
      byCluster.extend({ ManagedScalingPolicy: managedScaling }),
      ({ ClusterId, ManagedScalingPolicy }) => {
        engine.modify(engine.activeCluster(ClusterId).id, { managedScalingPolicy: ManagedScalingPolicy });
      },
    ),
    GetManagedScalingPolicy: operation(byCluster, ({ ClusterId }) => {
      const { managedScalingPolicy } = engine.cluster(ClusterId);
      return managedScalingPolicy === null ? {} : { ManagedScalingPolicy: managedScalingPolicy };
    }),
    AddTags: operation(z.object({ ResourceId: z.string(), Tags: tags }), ({ ResourceId, Tags }) => {
      engine.modify(ResourceId, { tags: { ...engine.cluster(ResourceId).tags, ...Tags } });
    }),
    RemoveTags: operation(
      z.object({ ResourceId: z.string(), TagKeys: z.array(z.string()) }),
      ({ ResourceId, TagKeys }) => {
        const kept = Object.entries(engine.cluster(ResourceId).tags).filter(
          ([key]) => !TagKeys.includes(key),
        );
        engine.modify(ResourceId, { tags: Object.fromEntries(kept) });
      },
    ),
    ModifyCluster: operation(
      byCluster.extend({ StepConcurrencyLevel: z.int().min(1).max(256) }),
      ({ ClusterId, StepConcurrencyLevel }) => {
        engine.modify(ClusterId, { stepConcurrency: StepConcurrencyLevel });
        return { StepConcurrencyLevel };
      },
    ),
  };
}

/** EMR refuses these actions where steps run side by side. */
function allowed(steps: StepRequest[], stepConcurrency: Cluster['stepConcurrency']): StepRequest[] {
  const refused = steps.find(({ actionOnFailure }) => actionOnFailure !== 'CONTINUE');
  if (stepConcurrency > 1 && refused)
    throw new ServiceError(
      'ValidationException',
      `ActionOnFailure ${refused.actionOnFailure} of step '${refused.name}' is not allowed with a step concurrency level above 1; use CONTINUE.`,
    );
  return steps;
}

const PAGE = 50;

/** The marker is the index of the page's first entry. */
function paged<T, Answer extends object>(
  found: T[],
  marker: string | undefined,
  shape: (page: T[]) => Answer,
): Answer & { Marker?: string } {
  const from = Number(marker ?? 0);
  const next = from + PAGE;
  return { ...shape(found.slice(from, next)), ...(next < found.length ? { Marker: String(next) } : {}) };
}
