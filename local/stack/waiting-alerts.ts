import { ChangeMessageVisibilityCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';

interface Alert {
  Timestamp: string;
  Subject: string;
  Message: string;
}

/** The alerts that wait in the queue, the oldest first, each as a mail would show it. They go on waiting. */
export async function waitingAlerts(sqs: SQSClient, queueUrl: string): Promise<string[]> {
  const alerts: Alert[] = [];
  const handles: (string | undefined)[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10 }),
    );
    if (Messages.length === 0) break;
    for (const { Body = '', ReceiptHandle } of Messages) {
      alerts.push(JSON.parse(Body) as Alert);
      handles.push(ReceiptHandle);
    }
  }
  for (const ReceiptHandle of handles)
    await sqs.send(
      new ChangeMessageVisibilityCommand({ QueueUrl: queueUrl, ReceiptHandle, VisibilityTimeout: 0 }),
    );
  return alerts
    .toSorted((a, b) => Date.parse(a.Timestamp) - Date.parse(b.Timestamp))
    .map(({ Timestamp, Subject, Message }) => `${Timestamp}  ${Subject}\n\n${Message}`);
}
