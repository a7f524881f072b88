import { Duration, Validations } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { uploadEventPattern } from '../state-machine/upload-event-pattern.ts';

export interface UploadRuleProps {
  readonly source: IBucket;
  readonly stateMachine: IStateMachine;
}

/** Starts an execution for every object of the source bucket; an event that cannot be handed on is kept. */
export class UploadRule extends Construct {
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, { source, stateMachine }: UploadRuleProps) {
    super(scope, id);
    this.deadLetters = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    Validations.of(this.deadLetters).acknowledge({
      id: 'AwsSolutions::AwsSolutions-SQS3',
      reason: 'It is itself the dead-letter queue, of the rule.',
    });
    new Rule(this, 'Rule', {
      description: 'Every upload starts an execution of Tidegate',
      eventPattern: uploadEventPattern(source.bucketName),
      targets: [
        new SfnStateMachine(stateMachine, {
          deadLetterQueue: this.deadLetters,
          maxEventAge: Duration.hours(24),
          retryAttempts: 185,
        }),
      ],
    });
  }
}
