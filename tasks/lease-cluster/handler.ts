import { emrClusters } from '../adapters/emr-world.ts';
import { lambdaHandler } from '../adapters/lambda-handler.ts';
import { inputSchema } from './input.ts';
import { leaseCluster } from './lease-cluster.ts';

const clusters = emrClusters();

export const handler = lambdaHandler('LeaseCluster', inputSchema, ({ clusterName }) =>
  leaseCluster(clusterName, clusters),
);
