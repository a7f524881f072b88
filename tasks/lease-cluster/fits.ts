import type { ClusterShape } from '../core/records.ts';

/** A cluster that is larger than planned is as fast, and paid for already; much larger, it wastes what it costs. */
const MAX_SURPLUS = 2;

/** Whether an idle cluster can do what was planned for another of its kind, and is not lost more easily. */
export function fits(idle: ClusterShape, planned: ClusterShape): boolean {
  return (
    idle.releaseLabel === planned.releaseLabel &&
    idle.instanceType === planned.instanceType &&
    idle.instanceCount >= planned.instanceCount &&
    idle.instanceCount <= planned.instanceCount * MAX_SURPLUS &&
    spotShare(idle) <= spotShare(planned)
  );
}

const spotShare = ({ spotCount, instanceCount }: ClusterShape): number => spotCount / instanceCount;
