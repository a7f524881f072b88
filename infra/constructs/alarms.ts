import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';

export interface AlarmsProps {
  readonly stateMachine: StateMachine;
  /** Where EventBridge leaves the events it could not hand on. */
  readonly deadLetters: IQueue;
  readonly topic: ITopic;
}

/** The backstop: tells of what the workflow itself could not tell of. */
export class Alarms extends Construct {
  constructor(scope: Construct, id: string, { stateMachine, deadLetters, topic }: AlarmsProps) {
    super(scope, id);
    const period = Duration.minutes(1);
    const onAny = (name: string, metric: IMetric, alarmDescription: string): void => {
      const alarm = new Alarm(this, name, {
        metric,
        alarmDescription,
        threshold: 0,
        comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
        evaluationPeriods: 1,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      });
      alarm.addAlarmAction(new SnsAction(topic));
    };
    onAny(
      'ExecutionsFailed',
      stateMachine.metricFailed({ period, statistic: 'Sum' }),
      'An execution of Tidegate failed. An alert of its own says why; if none came, read the execution.',
    );
    onAny(
      'ExecutionsTimedOut',
      stateMachine.metricTimedOut({ period, statistic: 'Sum' }),
      'An execution of Tidegate timed out. Redrive it once what it waited for is mended.',
    );
    onAny(
      'ExecutionsAborted',
      stateMachine.metricAborted({ period, statistic: 'Sum' }),
      'An execution of Tidegate was aborted. Redrive it to go on.',
    );
    onAny(
      'UndeliveredEvents',
      deadLetters.metricApproximateNumberOfMessagesVisible({ period, statistic: 'Maximum' }),
      'EventBridge could not start an execution for an upload: the event is in the dead-letter queue. Start one by hand with its bucket and key.',
    );
  }
}
