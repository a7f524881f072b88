import * as emr from '@aws-sdk/client-emr';
import * as glue from '@aws-sdk/client-glue';
import * as lambda from '@aws-sdk/client-lambda';
import * as sns from '@aws-sdk/client-sns';

/** Names of Step Functions' own that a Task can fail with (Developer Guide, "Handling errors"). */
const STATES_ERRORS = [
  'States.ALL',
  'States.BranchFailed',
  'States.HeartbeatTimeout',
  'States.NoChoiceMatched',
  'States.Permissions',
  'States.QueryEvaluationError',
  'States.TaskFailed',
  'States.Timeout',
];

/** What the integrations add to the exceptions of their service's model. */
const INTEGRATION_ERRORS = [
  'Lambda.AWSLambdaException',
  'Lambda.ClientExecutionTimeoutException',
  'Lambda.SdkClientException',
  'Lambda.Unknown',
  'Runtime.ExitError',
  'Sandbox.Timedout',
  'ElasticMapReduce.SdkClientException',
  'EMR.AmazonElasticMapReduceException',
  'EMR.SdkClientException',
  'Glue.AWSGlueException',
  'Glue.SdkClientException',
  'SNS.AmazonSNSException',
  'SNS.SdkClientException',
];

/** Every error name that does not come from the workflow's own code: from the SDK's models, not from memory. */
export const serviceErrors: ReadonlySet<string> = new Set([
  ...STATES_ERRORS,
  ...INTEGRATION_ERRORS,
  ...exceptionsOf('Lambda', lambda),
  ...exceptionsOf('Glue', glue),
  ...exceptionsOf('SNS', sns),
  ...exceptionsOf('EMR', emr),
]);

function exceptionsOf(prefix: string, client: object): string[] {
  return Object.keys(client)
    .filter((name) => name.endsWith('Exception'))
    .map((name) => `${prefix}.${name}`);
}
