import type { Grant } from './grant.ts';
import { clusters, ownClusters } from './own-clusters.ts';
import { EMR_MANAGED_TAG, type Places } from './places.ts';

/** What the state machine's role needs for the states that name a Resource. */
export type ResourcePermissions = (places: Places, functionArns: readonly string[]) => Grant[];

/**
 * By the Resource of a Task. A state machine that names another is refused at synthesis. The `.sync` forms of EMR
 * learn of the end by a managed EventBridge rule (Step Functions Developer Guide, "IAM policies for EMR").
 */
export const resourcePermissions: Readonly<Record<string, ResourcePermissions>> = {
  'arn:aws:states:::lambda:invoke': (_, functionArns) => [
    { actions: ['lambda:InvokeFunction'], resources: functionArns },
  ],
  'arn:aws:states:::elasticmapreduce:createCluster.sync': (at) => [
    {
      actions: ['elasticmapreduce:RunJobFlow'],
      resources: ['*'],
      wildcard: 'RunJobFlow knows no resource: the cluster is not there yet.',
      conditions: { StringEquals: { [`aws:RequestTag/${EMR_MANAGED_TAG}`]: 'true' } },
    },
    {
      actions: [
        'elasticmapreduce:AddTags',
        'elasticmapreduce:PutAutoTerminationPolicy',
        'elasticmapreduce:PutManagedScalingPolicy',
      ],
      resources: [clusters(at)],
      wildcard: 'RunJobFlow asks for these itself, before the cluster carries its tags.',
    },
    ownClusters(at, ['DescribeCluster', 'TerminateJobFlows']),
    passesRole(at.emrServiceRole, 'elasticmapreduce.amazonaws.com'),
    passesRole(at.emrInstanceRole, 'ec2.amazonaws.com'),
    {
      actions: ['iam:CreateServiceLinkedRole'],
      resources: [
        `arn:${at.partition}:iam::${at.account}:role/aws-service-role/elasticmapreduce.amazonaws.com/AWSServiceRoleForEMRCleanup*`,
      ],
      wildcard: 'The form that EMR documents; the role can be only the one of EMR.',
      conditions: { StringLike: { 'iam:AWSServiceName': 'elasticmapreduce.amazonaws.com' } },
    },
    managedRule(at, 'StepFunctionsGetEventForEMRRunJobFlowRule'),
  ],
  'arn:aws:states:::elasticmapreduce:addStep.sync': (at) => [
    ownClusters(at, ['AddJobFlowSteps', 'DescribeStep', 'CancelSteps']),
    managedRule(at, 'StepFunctionsGetEventForEMRAddJobFlowStepsRule'),
  ],
  'arn:aws:states:::glue:startJobRun.sync': (at) => [
    {
      actions: ['glue:StartJobRun', 'glue:GetJobRun', 'glue:GetJobRuns', 'glue:BatchStopJobRun'],
      resources: [at.glueJob],
    },
  ],
  'arn:aws:states:::sns:publish': (at) => [{ actions: ['sns:Publish'], resources: [at.topic] }],
};

export function passesRole(role: string, service: string): Grant {
  return {
    actions: ['iam:PassRole'],
    resources: [role],
    conditions: { StringEquals: { 'iam:PassedToService': service } },
  };
}

function managedRule({ partition, region, account }: Places, name: string): Grant {
  return {
    actions: ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
    resources: [`arn:${partition}:events:${region}:${account}:rule/${name}`],
  };
}
