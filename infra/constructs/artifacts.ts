import { join } from 'node:path';
import { Stack, Validations } from 'aws-cdk-lib';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { Construct } from 'constructs';
import { acknowledgeWildcards } from '../permissions/allow.ts';

export interface ArtifactsProps {
  readonly bucket: IBucket;
  /** A folder with `spark/` (job.py, tidegate_spark.zip) and `datasets/` (compiled contracts). */
  readonly folder: string;
}

/** Brings the Spark job and the compiled contracts into the artifacts bucket; what is gone here goes there too. */
export class Artifacts extends Construct {
  constructor(scope: Construct, id: string, { bucket, folder }: ArtifactsProps) {
    super(scope, id);
    // One deployment for each prefix: pruning the whole bucket would take the clusters' logs with it.
    for (const [name, prefix] of [
      ['Spark', 'spark'],
      ['Datasets', 'datasets'],
    ] as const) {
      const deployment = new BucketDeployment(this, name, {
        sources: [Source.asset(join(folder, prefix))],
        destinationBucket: bucket,
        destinationKeyPrefix: prefix,
      });
      acknowledgeHandler(deployment, bucket);
    }
  }
}

/** The function behind every BucketDeployment is the CDK's own, and so is what it may do. */
function acknowledgeHandler(deployment: BucketDeployment, bucket: IBucket): void {
  const handler = deployment.handlerRole.node.scope ?? deployment.handlerRole;
  const { partition, account, region, synthesizer } = Stack.of(handler);
  const reason =
    "The CDK's own deployment function: it may read the stack's assets and write this bucket alone.";
  acknowledgeWildcards(
    handler,
    [
      bucket.arnForObjects('*'),
      `arn:${partition}:s3:::cdk-${synthesizer.bootstrapQualifier}-assets-${account}-${region}/*`,
    ],
    reason,
  );
  const ids = [
    'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
    ...['s3:GetBucket*', 's3:GetObject*', 's3:List*', 's3:Abort*', 's3:DeleteObject*'].map(
      (action) => `IAM5[Action::${action}]`,
    ),
    'L1',
  ];
  Validations.of(handler).acknowledge(
    ...ids.map((id) => ({ id: `AwsSolutions::AwsSolutions-${id}`, reason })),
  );
}
