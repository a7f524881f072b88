import { emrClusters } from '../adapters/emr-world.ts';
import { lambdaHandler } from '../adapters/lambda-handler.ts';
import { dynamoStateTable } from '../adapters/world.ts';
import { inputSchema } from './input.ts';
import { leaseCluster } from './lease-cluster.ts';

const world = { clusters: emrClusters(), table: dynamoStateTable() };

export const handler = lambdaHandler('LeaseCluster', inputSchema, (input) => leaseCluster(input, world));
