import { clusterNameOf } from '../core/cluster-name.ts';
import type { EmrCandidate } from './choose.ts';
import type { FileEstimate } from './estimate/file-estimate.ts';
import { type JobLocations, jobArguments, sparkSettings } from './job-arguments.ts';

/** Completion is seen at the next poll, up to 5 minutes late: an idle cluster must live longer than that. */
export const IDLE_TIMEOUT_SECONDS = 900;
/** The cluster may grow when the estimate was too low. */
const GROWTH = 2;

/** What RunJobFlow and AddJobFlowSteps are given for an attempt. */
export function emrPlan(
  choice: EmrCandidate & { features: FileEstimate },
  at: JobLocations,
  releaseLabel: string,
  keepWarm: boolean,
) {
  const { instanceType, instanceCount, slots, features } = choice;
  const fleet = (kind: 'MASTER' | 'CORE', count: number) => ({
    Name: kind.toLowerCase(),
    InstanceFleetType: kind,
    TargetOnDemandCapacity: count,
    InstanceTypeConfigs: [{ InstanceType: instanceType, WeightedCapacity: 1 }],
  });
  const settings = Object.entries(sparkSettings(slots, features.textBytes.value, at));
  return {
    clusterName: clusterNameOf(at),
    releaseLabel,
    /** What another run must know to use the cluster after this one. */
    shape: { releaseLabel, instanceType, instanceCount },
    keepWarm,
    instanceFleets: [fleet('MASTER', 1), fleet('CORE', instanceCount)],
    managedScalingPolicy: {
      ComputeLimits: {
        UnitType: 'InstanceFleetUnits',
        MinimumCapacityUnits: instanceCount,
        MaximumCapacityUnits: instanceCount * GROWTH,
      },
    },
    idleTimeoutSeconds: IDLE_TIMEOUT_SECONDS,
    stepArguments: [
      'spark-submit',
      '--deploy-mode',
      'client',
      ...settings.flatMap(([name, value]) => ['--conf', `${name}=${value}`]),
      '--py-files',
      `s3://${at.artifactsBucket}/spark/tidegate_spark.zip`,
      `s3://${at.artifactsBucket}/spark/job.py`,
      ...Object.entries(jobArguments(at)).flat(),
    ],
  };
}
