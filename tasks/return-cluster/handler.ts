import * as z from 'zod';
import { emrClusters } from '../adapters/emr-world.ts';
import { lambdaHandler } from '../adapters/lambda-handler.ts';

const inputSchema = z.strictObject({
  dataset: z.string(),
  runId: z.string(),
  attempt: z.int().min(1),
  clusterId: z.string().min(1),
});

const clusters = emrClusters();

export const handler = lambdaHandler('ReturnCluster', inputSchema, async ({ clusterId }) => {
  await clusters.terminate(clusterId);
  return { clusterId, ended: true };
});
