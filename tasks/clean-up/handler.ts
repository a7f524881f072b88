import { emrClusters } from '../adapters/emr-world.ts';
import { glueJobRuns } from '../adapters/glue-world.ts';
import { lambdaHandler } from '../adapters/lambda-handler.ts';
import { sfnExecutions } from '../adapters/sfn-world.ts';
import { dynamoStateTable } from '../adapters/world.ts';
import { runOfExecution } from '../core/run-of-execution.ts';
import { cleanUp } from './clean-up.ts';
import { inputSchema } from './input.ts';

const world = {
  table: dynamoStateTable(),
  executions: sfnExecutions(),
  clusters: emrClusters(),
  jobRuns: glueJobRuns(),
};

export const handler = lambdaHandler('CleanUp', inputSchema, async ({ execution, input, ...failure }) => {
  const run = runOfExecution(input, execution);
  return run ? cleanUp({ ...run, ...failure }, world) : { clusters: [], jobRuns: [] };
});
