import { Stack, Validations } from 'aws-cdk-lib';
import { InstanceProfile, ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { allow } from '../permissions/allow.ts';
import { passesRole } from '../permissions/resource-permissions.ts';

/** The role that EMR builds clusters with, and the one (with its instance profile) that their machines have. */
export class ClusterRoles extends Construct {
  readonly service: Role;
  readonly instance: Role;
  readonly instanceProfile: InstanceProfile;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const { partition, region, account } = Stack.of(this);
    this.instance = new Role(this, 'Instance', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
    this.instanceProfile = new InstanceProfile(this, 'InstanceProfile', { role: this.instance });
    this.service = new Role(this, 'Service', {
      assumedBy: new ServicePrincipal('elasticmapreduce.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': account },
          ArnLike: { 'aws:SourceArn': `arn:${partition}:elasticmapreduce:${region}:${account}:*` },
        },
      }),
      managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName('service-role/AmazonEMRServicePolicy_v2')],
    });
    allow(this.service, [
      // The managed policy passes only the role that is named EMR_EC2_DefaultRole.
      passesRole(this.instance.roleArn, 'ec2.amazonaws.com'),
      // Nor does it let EMR make the role that an account lacks until its first spot instance.
      {
        actions: ['iam:CreateServiceLinkedRole'],
        resources: [
          `arn:${partition}:iam::${account}:role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot`,
        ],
        conditions: { StringEquals: { 'iam:AWSServiceName': 'spot.amazonaws.com' } },
      },
    ]);
    Validations.of(this.service).acknowledge({
      id: 'AwsSolutions::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonEMRServicePolicy_v2]',
      reason: 'The policy that Amazon EMR asks for; it is bound to resources that carry its tag.',
    });
  }
}
