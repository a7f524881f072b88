import type { ScalingLimits } from '../ports.ts';
import type { ClusterShape } from '../records.ts';

/** A cluster never gets smaller than it was made, and no larger than the plan allows whose job it has. */
export function scalingLimits(
  { instanceCount, spotCount }: Pick<ClusterShape, 'instanceCount' | 'spotCount'>,
  mostInstances: number,
): ScalingLimits {
  const most = Math.max(instanceCount, mostInstances);
  return {
    UnitType: 'InstanceFleetUnits',
    MinimumCapacityUnits: instanceCount,
    MaximumCapacityUnits: most,
    // Spot instances that did not come are on-demand ones then.
    MaximumOnDemandCapacityUnits: most,
    MaximumCoreCapacityUnits: spotCount > 0 ? instanceCount - spotCount : most,
  };
}
