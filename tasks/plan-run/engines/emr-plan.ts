import { clusterNameOf } from '../../core/compute/cluster-name.ts';
import { scalingLimits } from '../../core/compute/scaling-limits.ts';
import type { Priced } from '../priced.ts';
import type { Prices } from '../prices.ts';
import { primaryFor } from '../primary-node.ts';
import { type JobLocations, jobArguments } from './job-arguments.ts';
import { sparkSettings } from './spark-settings.ts';

/** Completion is seen at the next poll, up to 5 minutes late: an idle cluster must live longer than that. */
export const IDLE_TIMEOUT_SECONDS = 900;
/** The cluster may grow when the estimate was too low: at least so much, and never more than so much. */
const GROWTH = { least: 2, most: 4 };
/** EMR waits an hour by itself for spot instances that may never come. */
const SPOT_TIMEOUT_MINUTES = 7;
/** EMR allows so many instance types in a fleet. */
const FLEET_TYPES = 5;

interface EmrSettings {
  releaseLabel: string;
  keepWarm: boolean;
  prices: Prices['emr'];
}

/** What RunJobFlow and AddJobFlowSteps are given for an attempt. */
export function emrPlan(best: Priced, textBytes: number, at: JobLocations, emr: EmrSettings) {
  const { instanceType, instanceCount } = best.machine;
  const { releaseLabel, keepWarm, prices } = emr;
  const workers = prices.instances.find(({ type }) => type === instanceType);
  if (!workers) throw new RangeError(`The price table has no ${instanceType}, which was planned by it.`);
  const primary = primaryFor(workers, prices);
  const shape = { releaseLabel, instanceType, instanceCount, spotCount: best.spotCount };
  const settings = Object.entries({
    ...sparkSettings(best, textBytes, at),
    'spark.driver.memory': `${driverMebibytes(primary.memoryGiB, textBytes)}m`,
  });
  const onDemand = instanceCount - best.spotCount;
  const growth = Math.min(GROWTH.most, Math.max(GROWTH.least, best.safeSeconds / best.expectedSeconds));
  const most = Math.ceil(instanceCount * growth);
  return {
    clusterName: clusterNameOf(at),
    releaseLabel,
    /** What another run must know to use the cluster after this one. */
    shape,
    /** The cluster may grow so far for this run. */
    mostInstances: most,
    keepWarm,
    instanceFleets: [
      {
        Name: 'primary',
        InstanceFleetType: 'MASTER',
        TargetOnDemandCapacity: 1,
        InstanceTypeConfigs: types(primary.type, prices),
      },
      {
        Name: 'core',
        InstanceFleetType: 'CORE',
        TargetOnDemandCapacity: onDemand,
        InstanceTypeConfigs: types(instanceType, prices),
        LaunchSpecifications: { OnDemandSpecification: { AllocationStrategy: 'lowest-price' } },
      },
      ...(best.spotCount > 0
        ? [
            {
              Name: 'task',
              InstanceFleetType: 'TASK',
              TargetSpotCapacity: best.spotCount,
              InstanceTypeConfigs: types(instanceType, prices),
              LaunchSpecifications: {
                SpotSpecification: {
                  TimeoutDurationMinutes: SPOT_TIMEOUT_MINUTES,
                  TimeoutAction: 'SWITCH_TO_ON_DEMAND',
                  AllocationStrategy: 'price-capacity-optimized',
                },
              },
            },
          ]
        : []),
    ],
    managedScalingPolicy: { ComputeLimits: scalingLimits(shape, most) },
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

/** The type and those that may stand in for it: one unit each, so that any mix of them has the planned slots. */
function types(instanceType: string, { standIns }: Prices['emr']) {
  const [family = '', size = ''] = instanceType.split('.');
  return [family, ...(standIns[family] ?? [])]
    .slice(0, FLEET_TYPES)
    .map((name) => ({ InstanceType: `${name}.${size}`, WeightedCapacity: 1 }));
}

/** The step runs in client mode: its driver lives on the primary node, beside the cluster's own services. */
const DRIVER = { leastMebibytes: 2048, perTaskMebibytes: 0.5, taskBytes: 64 * 1024 * 1024, mostShare: 0.5 };

/** What the driver keeps of every task of the widest stage: status, metrics, the files that it wrote. */
function driverMebibytes(memoryGiB: number, textBytes: number): number {
  const { leastMebibytes, perTaskMebibytes, taskBytes, mostShare } = DRIVER;
  const wanted = leastMebibytes + perTaskMebibytes * (textBytes / taskBytes);
  return Math.round(Math.max(leastMebibytes, Math.min(wanted, memoryGiB * 1024 * mostShare)));
}
