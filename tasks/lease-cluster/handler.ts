import * as z from 'zod';
import { emrClusters } from '../adapters/emr-world.ts';
import { lambdaHandler } from '../adapters/lambda-handler.ts';
import { leaseCluster } from './lease-cluster.ts';

const inputSchema = z.strictObject({
  dataset: z.string(),
  runId: z.string(),
  attempt: z.int().min(1),
  clusterName: z.string(),
});

const clusters = emrClusters();

export const handler = lambdaHandler('LeaseCluster', inputSchema, ({ clusterName }) =>
  leaseCluster(clusterName, clusters),
);
