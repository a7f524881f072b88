import { emrClusters } from '../adapters/emr-world.ts';
import { lambdaHandler } from '../adapters/lambda-handler.ts';
import { dynamoStateTable } from '../adapters/world.ts';
import { randomBackOff } from '../core/state-table/random-back-off.ts';
import { inputSchema } from './input.ts';
import { returnCluster } from './return-cluster.ts';

const world = {
  clusters: emrClusters(),
  table: dynamoStateTable(),
  clock: { now: () => new Date() },
  backOff: randomBackOff,
};

export const handler = lambdaHandler('ReturnCluster', inputSchema, (input) => returnCluster(input, world));
