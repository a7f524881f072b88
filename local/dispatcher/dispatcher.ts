import { setTimeout as wait } from 'node:timers/promises';
import { type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import {
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { withSequencer } from './with-sequencer.ts';

export interface Dispatcher {
  /** Stops asking for events and resolves when those in hand are dealt with. */
  stop(): Promise<void>;
}

/** What the dispatcher reads from and starts. */
export interface Route {
  sqs: SQSClient;
  sfn: SFNClient;
  queueUrl: string;
  stateMachineArn: string;
}

const PAUSE_AFTER_ERROR_MS = 1000;

/**
 * Does what EventBridge does with a state machine as a rule's target: each event starts an execution whose input is the
 * whole event, at least once. The emulator's rule can only deliver to a queue; this takes it from there, with the
 * sequencer that Amazon S3 would have given it. An event whose execution could not be started becomes visible in the
 * queue again.
 */
export function startDispatcher(route: Route): Dispatcher {
  const stopping = new AbortController();
  const done = run(route, stopping.signal);
  return {
    stop() {
      stopping.abort();
      return done;
    },
  };
}

async function run(route: Route, signal: AbortSignal): Promise<void> {
  const { sqs, queueUrl } = route;
  while (!signal.aborted) {
    try {
      const { Messages } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: queueUrl,
          MaxNumberOfMessages: 10,
          MessageSystemAttributeNames: ['SentTimestamp'],
          WaitTimeSeconds: 1,
          VisibilityTimeout: 5,
        }),
        { abortSignal: signal },
      );
      await Promise.all((Messages ?? []).map((message) => dispatch(message, route)));
    } catch (error) {
      if (signal.aborted) return;
      console.error(`The dispatcher could not read ${queueUrl}: ${String(error)}`);
      await wait(PAUSE_AFTER_ERROR_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

async function dispatch(message: Message, { sqs, sfn, queueUrl, stateMachineArn }: Route): Promise<void> {
  try {
    const input = withSequencer(message.Body ?? '{}', Number(message.Attributes?.SentTimestamp));
    const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn, input }));
    console.log(`Started ${executionArn}`);
    await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: message.ReceiptHandle }));
  } catch (error) {
    console.error(`No execution was started for ${message.Body}: ${String(error)}`);
  }
}
