/** The `${Name}`s of the state machine that stand for what the deployment makes, besides the functions. */
export const deploymentNames = [
  'TopicArn',
  'GlueJob',
  'ArtifactsBucket',
  'EmrServiceRole',
  'EmrInstanceProfile',
  'EmrSubnetIds',
  'EmrSecurityGroup',
] as const;

export type DeploymentName = (typeof deploymentNames)[number];
