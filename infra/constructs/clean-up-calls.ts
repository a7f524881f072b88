import { Duration } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';

export interface CleanUpCallsProps {
  readonly stateMachine: IStateMachine;
  readonly cleanUp: IFunction;
  /** Keeps the events that could not be handed on. */
  readonly deadLetters: IQueue;
}

/** The promises speak of one sweep: so long a gate may be held, or compute run, for nobody. */
const SWEEP_MINUTES = 5;

/**
 * Calls CleanUp where no Catch can: when an execution was aborted, timed out, or failed without its own clean-up; and on
 * a schedule, for such events are sent on a best-effort basis (Step Functions Developer Guide, "EventBridge").
 */
export class CleanUpCalls extends Construct {
  constructor(scope: Construct, id: string, { stateMachine, cleanUp, deadLetters }: CleanUpCallsProps) {
    super(scope, id);
    new Rule(this, 'Ended', {
      description: 'An execution of Tidegate that ended badly leaves nothing behind',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: {
          status: ['FAILED', 'TIMED_OUT', 'ABORTED'],
          stateMachineArn: [stateMachine.stateMachineArn],
        },
      },
      targets: [
        new LambdaFunction(cleanUp, {
          deadLetterQueue: deadLetters,
          maxEventAge: Duration.hours(24),
          retryAttempts: 185,
        }),
      ],
    });
    new Rule(this, 'Sweep', {
      description: 'What nobody looked after, Tidegate looks after now',
      schedule: Schedule.rate(Duration.minutes(SWEEP_MINUTES)),
      // A sweep that could not be started is followed by the next.
      targets: [new LambdaFunction(cleanUp, { event: RuleTargetInput.fromObject({ sweep: true }) })],
    });
  }
}
