import { EMRClient } from '@aws-sdk/client-emr';
import { GlueClient } from '@aws-sdk/client-glue';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SNSClient } from '@aws-sdk/client-sns';
import { tellingOfEnds } from '../dispatcher/status-events.ts';
import { emrAdapters } from '../integrations/emr-adapters.ts';
import { glueAdapters } from '../integrations/glue-adapters.ts';
import { snsAdapters } from '../integrations/sns-adapters.ts';
import { lambdaAdapters } from '../states/adapters/lambda/lambda-adapters.ts';
import { createStatesServer } from '../states/server.ts';
import { sqliteStore } from '../states/store/sqlite-store.ts';
import { account, functionName, region } from './names.ts';
import { places } from './places.ts';
import { endpointOf, requireStack } from './stack.ts';

/** One process that is Step Functions. Killed and started again, it goes on with the executions that ran. */
const stack = requireStack();
const server = await createStatesServer({
  port: stack.ports.states,
  adapters: [
    ...lambdaAdapters(endpointOf(stack, 'services')),
    ...emrAdapters(new EMRClient({})),
    ...glueAdapters(new GlueClient({})),
    ...snsAdapters(new SNSClient({})),
  ],
  store: tellingOfEnds(sqliteStore(places.states), new LambdaClient({}), functionName('CleanUp')),
  region,
  account,
});
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.on(signal, () => void server.close().finally(() => process.exit(0)));
console.log(`Step Functions of ${region} at ${server.url}`);
