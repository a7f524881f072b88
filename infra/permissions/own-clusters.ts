import type { Grant } from './grant.ts';
import type { Places } from './places.ts';

/** The tag by which a cluster is Tidegate's: the state CreateCluster sets it to the run's dataset. */
const DATASET_TAG = 'tidegate:dataset';

/** EMR chooses a cluster's id itself, so that no narrower ARN is known. */
export const clusters = ({ partition, region, account }: Places): string =>
  `arn:${partition}:elasticmapreduce:${region}:${account}:cluster/*`;

/** The calls (without their prefix), on clusters that Tidegate made. */
export function ownClusters(at: Places, calls: readonly string[]): Grant {
  return {
    actions: calls.map((call) => `elasticmapreduce:${call}`),
    resources: [clusters(at)],
    conditions: { StringLike: { [`aws:ResourceTag/${DATASET_TAG}`]: '*' } },
    wildcard: "EMR chooses the ids; the condition keeps to clusters that carry Tidegate's tag.",
  };
}
