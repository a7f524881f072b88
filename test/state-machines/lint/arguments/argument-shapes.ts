import * as emr from '@aws-sdk/client-emr';
import * as glue from '@aws-sdk/client-glue';
import * as sns from '@aws-sdk/client-sns';
import { type Shape, shapeOf, structure } from './schema.ts';

const text: Shape = { kind: 'string' };

/** What a Task's Arguments must look like, by its Resource: the API's own model, and what the integration adds. */
export const argumentShapes: Readonly<Record<string, Shape>> = {
  // Payload is any JSON here, where the API takes bytes.
  'arn:aws:states:::lambda:invoke': structure(
    'lambda:invoke',
    { FunctionName: text },
    { Payload: { kind: 'any' }, Qualifier: text, InvocationType: text, ClientContext: text, LogType: text },
  ),
  'arn:aws:states:::elasticmapreduce:createCluster.sync': shapeOf(emr.RunJobFlowInput$),
  // One Step, where AddJobFlowSteps takes Steps.
  'arn:aws:states:::elasticmapreduce:addStep.sync': structure(
    'elasticmapreduce:addStep',
    { ClusterId: text, Step: shapeOf(emr.StepConfig$) },
    { ExecutionRoleArn: text },
  ),
  'arn:aws:states:::glue:startJobRun.sync': shapeOf(glue.StartJobRunRequest$),
  'arn:aws:states:::sns:publish': shapeOf(sns.PublishInput$),
};
