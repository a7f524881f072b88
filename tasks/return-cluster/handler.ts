import { emrClusters } from '../adapters/emr-world.ts';
import { lambdaHandler } from '../adapters/lambda-handler.ts';
import { inputSchema } from './input.ts';

const clusters = emrClusters();

export const handler = lambdaHandler('ReturnCluster', inputSchema, async ({ clusterId }) => {
  await clusters.terminate(clusterId);
  return { clusterId, ended: true };
});
