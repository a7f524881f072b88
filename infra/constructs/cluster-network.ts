import { Fn, Tags, Validations } from 'aws-cdk-lib';
import {
  GatewayVpcEndpointAwsService,
  IpAddresses,
  type IVpc,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { EMR_MANAGED_TAG } from '../permissions/places.ts';

export interface ClusterNetworkProps {
  /** How many availability zones clusters may choose from; more than one, for a zone may have no capacity. */
  readonly zones: number;
}

/**
 * Where EMR clusters live: public subnets that nothing can enter, and S3 by a gateway endpoint. It costs nothing while
 * no cluster runs, where private subnets would want a NAT gateway. Managed scaling's metrics can leave.
 */
export class ClusterNetwork extends Construct {
  readonly vpc: Vpc;
  readonly securityGroup: SecurityGroup;

  constructor(scope: Construct, id: string, { zones }: ClusterNetworkProps) {
    super(scope, id);
    this.vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr('10.64.0.0/16'),
      availabilityZones: Array.from({ length: zones }, (_, index) => Fn.select(index, Fn.getAzs())),
      natGateways: 0,
      subnetConfiguration: [
        { name: 'Cluster', subnetType: SubnetType.PUBLIC, cidrMask: 20, mapPublicIpOnLaunch: true },
      ],
      gatewayEndpoints: { S3: { service: GatewayVpcEndpointAwsService.S3 } },
      restrictDefaultSecurityGroup: false,
    });
    this.securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      // The class matches the interface only without TypeScript's exactOptionalPropertyTypes.
      vpc: this.vpc as IVpc,
      description: 'EMR clusters of Tidegate: nothing comes in but from the cluster itself',
      allowAllOutbound: true,
    });
    // AmazonEMRServicePolicy_v2 lets EMR touch only what carries this tag.
    Tags.of(this).add(EMR_MANAGED_TAG, 'true');
    Validations.of(this.vpc).acknowledge({
      id: 'AwsSolutions::AwsSolutions-VPC7',
      reason:
        'Nothing can enter these subnets and only clusters of some minutes use them; flow logs are left to the account.',
    });
  }

  get subnetIds(): string[] {
    return this.vpc.publicSubnets.map(({ subnetId }) => subnetId);
  }
}
