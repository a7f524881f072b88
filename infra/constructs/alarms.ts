import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';

export interface AlarmsProps {
  readonly stateMachine: StateMachine;
  /** The function that also sweeps. */
  readonly cleanUp: IFunction;
  /** Where EventBridge leaves the events it could not hand on. */
  readonly deadLetters: IQueue;
  readonly topic: ITopic;
}

/** The backstop: tells of what the workflow itself could not tell of. */
export class Alarms extends Construct {
  constructor(scope: Construct, id: string, { stateMachine, cleanUp, deadLetters, topic }: AlarmsProps) {
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
    const sweeps = { period: Duration.minutes(15), statistic: 'Sum' };
    const failing = new Alarm(this, 'SweepsFail', {
      metric: cleanUp.metricErrors(sweeps),
      alarmDescription:
        'The sweep of Tidegate fails: what ended executions left may stay. Read the log of the function CleanUp.',
      threshold: 2,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    failing.addAlarmAction(new SnsAction(topic));
    onAny(
      'UndeliveredEvents',
      deadLetters.metricApproximateNumberOfMessagesVisible({ period, statistic: 'Maximum' }),
      'EventBridge could not hand on an event: it is in the dead-letter queue. Of an upload: start an execution by hand with its bucket and key.',
    );
  }
}
