import type { Prices } from './prices.ts';

type Instance = Prices['emr']['instances'][number];

/** The primary node of a cluster, which does no work: of the workers' architecture, and as cheap as there is. */
export function primaryFor(workers: Instance, { primary, instances }: Prices['emr']): Instance {
  const alike = instances.filter(({ architecture }) => architecture === workers.architecture);
  const usual = alike.find(({ type }) => type === primary);
  return usual ?? alike.toSorted((a, b) => a.ec2UsdPerHour - b.ec2UsdPerHour)[0] ?? workers;
}
