import { CfnOutput, Fn, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { TidegatePipeline, type TidegatePipelineProps } from './constructs/tidegate-pipeline.ts';

/** The pipeline alone in a stack, with outputs for what people and scripts ask for. */
export class TidegateStack extends Stack {
  readonly pipeline: TidegatePipeline;

  /** Left to CloudFormation: the CDK's own look-up wants credentials at synthesis, for a network that takes them by number. */
  override get availabilityZones(): string[] {
    return Fn.getAzs();
  }

  constructor(
    scope: Construct,
    id: string,
    props: StackProps & { readonly pipeline: TidegatePipelineProps },
  ) {
    const { pipeline, ...stackProps } = props;
    super(scope, id, {
      description: 'Tidegate: CSV files in S3, through right-sized Spark, into BigQuery',
      ...stackProps,
    });
    this.pipeline = new TidegatePipeline(this, 'Pipeline', pipeline);
    const { source, lake, destination, artifacts, stateTable, topic, stateMachine, googleRoleArns } =
      this.pipeline;
    const outputs: Record<string, string> = {
      SourceBucket: source.bucketName,
      LakeBucket: lake.bucketName,
      DestinationBucket: destination.bucketName,
      ArtifactsBucket: artifacts.bucketName,
      StateTable: stateTable.tableName,
      TopicArn: topic.topicArn,
      StateMachineArn: stateMachine.stateMachineArn,
      MaintenanceJob: this.pipeline.maintenanceJobName,
      ...Object.fromEntries(
        Object.entries(googleRoleArns).map(([task, arn]) => [`GoogleRoleOf${task}`, arn]),
      ),
    };
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }
}
