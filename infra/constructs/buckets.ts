import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type BucketProps,
  type CfnBucket,
  type IBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

export interface BucketsProps {
  /** Days after which the folder of a run is deleted. At least 15: a redrive is possible for 14 days. */
  readonly runRetention: Duration;
  /** Whether the buckets and all that is in them go with the stack. */
  readonly removeData: boolean;
}

/** The four buckets: uploads, the Iceberg warehouse with reference data, runs, and what the workflow is made of. */
export class Buckets extends Construct {
  readonly source: IBucket;
  readonly lake: IBucket;
  readonly destination: IBucket;
  readonly artifacts: IBucket;

  constructor(scope: Construct, id: string, { runRetention, removeData }: BucketsProps) {
    super(scope, id);
    if (runRetention.toDays() < 15) {
      throw new Error(
        `${this.node.path}: runRetention is ${runRetention.toDays()} days; expected at least 15, for an execution can be redriven for 14 days.`,
      );
    }
    const common: BucketProps = {
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      removalPolicy: removeData ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
      autoDeleteObjects: removeData,
    };
    const incomplete = { id: 'incomplete-uploads', abortIncompleteMultipartUploadAfter: Duration.days(7) };

    const source = new Bucket(this, 'Source', {
      ...common,
      versioned: true,
      lifecycleRules: [incomplete],
    });
    // The L2's own switch for it deploys a function that does no more than this.
    const { defaultChild } = source.node;
    (defaultChild as CfnBucket).notificationConfiguration = {
      eventBridgeConfiguration: { eventBridgeEnabled: true },
    };
    const lake = new Bucket(this, 'Lake', { ...common, lifecycleRules: [incomplete] });
    const destination = new Bucket(this, 'Destination', {
      ...common,
      lifecycleRules: [incomplete, { id: 'old-runs', prefix: 'runs/', expiration: runRetention }],
    });
    const artifacts = new Bucket(this, 'Artifacts', {
      ...common,
      lifecycleRules: [incomplete, { id: 'old-emr-logs', prefix: 'emr-logs/', expiration: runRetention }],
    });
    // The CDK's classes match its interfaces only without TypeScript's exactOptionalPropertyTypes.
    this.source = source as IBucket;
    this.lake = lake as IBucket;
    this.destination = destination as IBucket;
    this.artifacts = artifacts as IBucket;
    Validations.of(this).acknowledge({
      id: 'AwsSolutions::AwsSolutions-S1',
      reason:
        'Access logs are left to the account: a trail of data events covers all of its buckets at once.',
    });
  }
}
