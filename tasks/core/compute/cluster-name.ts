/** Whose cluster it is: the attempt of a run that it was created for. */
export interface ClusterOwner {
  dataset: string;
  runId: string;
  attempt: number;
}

/** The name of a cluster that is created for an attempt. RunJobFlow has no client token: a lost one is found by it. */
export const clusterNameOf = ({ dataset, runId, attempt }: ClusterOwner): string =>
  `tidegate-${dataset}-${runId}-${attempt}`;

const NAME = /^tidegate-(?<dataset>.+)-(?<runId>\d{8}T\d{6}Z-[0-9a-f]{8})-(?<attempt>\d+)$/;

/** Null when the name is none of ours. */
export function ownerOfCluster(name: string): ClusterOwner | null {
  const { dataset, runId, attempt } = NAME.exec(name)?.groups ?? {};
  return dataset && runId && attempt ? { dataset, runId, attempt: Number(attempt) } : null;
}
