import { Duration, Validations } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

export interface AlarmsProps {
  /** The function that also sweeps. */
  readonly cleanUp: IFunction;
  /** Where EventBridge leaves the events it could not hand on. */
  readonly deadLetters: IQueue;
  /** The Glue job that cares for the tables; no execution waits for it. */
  readonly maintenanceJobName: string;
  readonly topic: ITopic;
}

/**
 * The backstop: tells of what the workflow itself could not tell of. Executions that end badly have no alarm, for each has
 * its alert, by the state Alert or by a sweep, and one failure is one message; a sweep that cannot send it fails itself.
 */
export class Alarms extends Construct {
  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const { cleanUp, deadLetters, maintenanceJobName, topic } = props;
    const tell = new SnsAction(topic);
    const above = {
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    };
    const sweeps = { period: Duration.minutes(15), statistic: 'Sum' };
    const failing = new Alarm(this, 'SweepsFail', {
      ...above,
      metric: cleanUp.metricErrors(sweeps),
      threshold: 2,
      alarmDescription:
        "Tidegate's clean-up fails: leftovers of ended executions may remain, and failures may go unreported. Read the log of the function CleanUp.",
    });
    failing.addAlarmAction(tell);
    // A function that is not called has no metric, rather than one of 0.
    const missing = new Alarm(this, 'SweepsMissing', {
      metric: cleanUp.metricInvocations(sweeps),
      threshold: 0,
      comparisonOperator: ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.MISSING,
      alarmDescription:
        "Tidegate's sweeps have stopped: leftovers of ended executions may remain, and failures may go unreported. Check the rule Sweep.",
    });
    missing.addAlarmAction(tell);
    missing.addInsufficientDataAction(tell);
    const undelivered = new Alarm(this, 'UndeliveredEvents', {
      ...above,
      metric: deadLetters.metricApproximateNumberOfMessagesVisible({
        period: Duration.minutes(1),
        statistic: 'Maximum',
      }),
      threshold: 0,
      // An alarm tells of a change of its state: of a second event only once the first is gone.
      alarmDescription: `EventBridge could not deliver an event; it is in the dead-letter queue. If it is an upload, \`tidegate backfill DATASET --since DATE\` loads it; if it is the end of an execution, the next sweep catches up. Then empty the queue, or this alarm reports no further event: aws sqs purge-queue --queue-url ${deadLetters.queueUrl}`,
    });
    undelivered.addAlarmAction(tell);
    const maintenance = new Rule(this, 'MaintenanceFails', {
      description: 'Alerts people when the maintenance of the tables of Tidegate fails',
      eventPattern: {
        source: ['aws.glue'],
        detailType: ['Glue Job State Change'],
        detail: { jobName: [maintenanceJobName], state: ['FAILED', 'TIMEOUT'] },
      },
      targets: [
        new SnsTopic(topic, {
          authorizeUsingRole: true,
          message: RuleTargetInput.fromText(
            `The maintenance of Tidegate's tables failed in run ${EventField.fromPath('$.detail.jobRunId')} of the Glue job ${maintenanceJobName}. Rows are still correct, but unneeded files remain and reads get slower. Read the log of the run, fix the cause, then: aws glue start-job-run --job-name ${maintenanceJobName}. If tidegate adopt started the run, adopt again instead.`,
          ),
        }),
      ],
    });
    Validations.of(maintenance).acknowledge({
      id: 'AwsSolutions::AwsSolutions-IAM5[Action::kms:GenerateDataKey*]',
      reason: 'The form that AWS KMS documents for the pair of calls; the resource is the key of the topic.',
    });
  }
}
